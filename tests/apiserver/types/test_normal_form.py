import pytest

from gitops_lab.apiserver.types.golang import DecodeError, empty_form, normal_form

DEPLOYMENT = "io.k8s.api.apps.v1.Deployment"
CONFIG_MAP = "io.k8s.api.core.v1.ConfigMap"


def test_an_empty_object_has_what_go_always_writes():
    assert empty_form(DEPLOYMENT) == {
        "metadata": {},
        "spec": {
            "selector": None,
            "strategy": {},
            "template": {"metadata": {}, "spec": {"containers": None}},
        },
        "status": {},
    }
    assert empty_form(CONFIG_MAP) == {"metadata": {}}


def test_unknown_and_empty_fields_go_and_zero_pointers_stay():
    spec = {
        "replicas": 0,
        "paused": False,
        "minReadySeconds": 0,
        "unknown": 1,
        "selector": {"matchLabels": {}},
        "template": {"spec": {"containers": [], "nodeSelector": {}, "volumes": None}},
    }
    result = normal_form({"spec": spec}, DEPLOYMENT)
    assert result["spec"] == {
        "replicas": 0,
        "selector": {},
        "strategy": {},
        "template": {"metadata": {}, "spec": {"containers": []}},
    }


def test_inlined_structs_are_flat():
    volume = {"name": "v", "configMap": {"name": "c"}, "bogus": {}}
    pod = {"spec": {"containers": None, "volumes": [volume]}}
    result = normal_form(pod, "io.k8s.api.core.v1.Pod")
    assert result["spec"]["volumes"] == [{"name": "v", "configMap": {"name": "c"}}]


def test_quantities_and_times_become_canonical():
    pod = {
        "metadata": {"deletionTimestamp": "2024-05-01T12:00:00+02:00", "creationTimestamp": None},
        "spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": 0.5}}}]},
    }
    result = normal_form(pod, "io.k8s.api.core.v1.Pod")
    assert result["metadata"] == {"deletionTimestamp": "2024-05-01T10:00:00Z"}
    assert result["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "500m"}}


def test_times_that_are_not_set_are_null_where_go_writes_them():
    event = normal_form({"metadata": {}}, "io.k8s.api.core.v1.Event")
    assert event["eventTime"] is None
    assert event["lastTimestamp"] is None


def test_the_input_stays_as_it_is():
    given = {"metadata": {"creationTimestamp": None}, "data": {"a": "1"}}
    normal_form(given, CONFIG_MAP)
    assert given == {"metadata": {"creationTimestamp": None}, "data": {"a": "1"}}


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (
            {"spec": {"replicas": "3"}},
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas"
            " of type int32",
        ),
        (
            {"metadata": {"labels": {"a": 1}}},
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels"
            " of type string",
        ),
        (
            {"spec": {"template": {"spec": {"containers": {}}}}},
            "json: cannot unmarshal object into Go struct field"
            " PodSpec.spec.template.spec.containers of type []v1.Container",
        ),
        (
            {"spec": {"replicas": 3000000000}},
            "json: cannot unmarshal number 3000000000 into Go struct field"
            " DeploymentSpec.spec.replicas of type int32",
        ),
        (
            {"spec": {"paused": "no"}},
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused"
            " of type bool",
        ),
    ],
    ids=["string-for-int", "label", "object-for-list", "overflow", "string-for-bool"],
)
def test_wrong_types_are_refused_in_go_words(obj, message):
    with pytest.raises(DecodeError) as caught:
        normal_form(obj, DEPLOYMENT)
    assert caught.value.message == message


def test_bytes_must_be_base64():
    secret = {"data": {"a": "not base64!"}}
    with pytest.raises(DecodeError, match="illegal base64 data at input byte 3"):
        normal_form(secret, "io.k8s.api.core.v1.Secret")


def test_a_json_schema_keeps_its_nesting():
    crd = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition"
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "array", "items": {"type": "string", "default": "x"}}},
        "additionalProperties": True,
    }
    versions = [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]
    result = normal_form({"spec": {"versions": versions}}, crd)
    assert result["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == schema

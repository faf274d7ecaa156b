import copy

import pytest

from gitops_lab.apiserver.defaults import default
from gitops_lab.apiserver.fields import ApplyConflict, ApplyError, apply, on_write
from gitops_lab.apiserver.types import Schema
from tests.apiserver.fields.objects import (
    REGISTRY,
    T0,
    T1,
    T2,
    apply_as,
    config_map,
    deployment,
    entry,
    fields,
    update_as,
)


def test_the_version_of_the_applier_does_not_split_its_entry():
    live = apply_as(None, config_map(a="1"))
    live["metadata"]["managedFields"][0]["apiVersion"] = "v1beta1"
    live = apply_as(live, config_map(a="2"), now=T1)
    assert len(live["metadata"]["managedFields"]) == 1
    assert entry(live, "alice")["apiVersion"] == "v1"


def test_appliers_come_before_updaters():
    live = apply_as(None, config_map(a="1"), "zoe", now=T2)
    live = update_as(live, "abe", now=T0, data__b="1")
    assert [e["manager"] for e in live["metadata"]["managedFields"]] == ["zoe", "abe"]


def test_what_was_there_before_the_first_apply_has_a_manager_of_its_own():
    live = default(config_map(a="1", b="2"), REGISTRY.lookup("", "v1", "configmaps"))
    live["metadata"]["uid"] = "1"
    with pytest.raises(ApplyConflict) as caught:
        apply_as(live, config_map(a="2"))
    assert caught.value.conflicts == [('"before-first-apply" using v1', ".data.a")]
    live = apply_as(live, config_map(a="1"))
    assert fields(live, "before-first-apply", "Update") == {
        "f:data": {".": {}, "f:a": {}, "f:b": {}}
    }


def test_kubectl_takes_over_from_its_own_client_side_apply():
    annotation = "kubectl.kubernetes.io/last-applied-configuration"
    obj = config_map(a="1")
    text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"a":"1"}}'
    obj["metadata"]["annotations"] = {annotation: text}
    resource = REGISTRY.lookup("", "v1", "configmaps")
    live = on_write(
        None,
        default(obj, resource),
        manager="kubectl-client-side-apply",
        schema=resource.schema,
        now=T0,
        api_version="v1",
    )
    live["metadata"]["uid"] = "1"
    with pytest.raises(ApplyConflict):
        apply_as(live, config_map(a="2"), "other")
    after = apply_as(live, config_map(a="2"), "kubectl", now=T1)
    assert after["data"] == {"a": "2"}
    assert after["metadata"]["annotations"][annotation].endswith('"namespace":"default"}}\n')


def test_status_in_a_configuration_is_owned_by_nobody_at_the_main_door():
    config = deployment()
    config["status"] = {"replicas": 3}
    assert "f:status" not in fields(apply_as(None, config), "alice")


def test_a_status_applied_at_its_own_door_owns_the_status_alone():
    live = apply_as(None, deployment(), "alice")
    config = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "status": {"replicas": 1, "conditions": [{"type": "Available", "status": "True"}]},
    }
    live = apply_as(live, config, "kcm", subresource="status", now=T1)
    found = entry(live, "kcm")
    assert found["subresource"] == "status"
    assert found["fieldsV1"] == {
        "f:status": {
            "f:conditions": {'k:{"type":"Available"}': {".": {}, "f:status": {}, "f:type": {}}},
            "f:replicas": {},
        }
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bogus": 1}, ".spec.bogus: field not declared in schema"),
        ({"replicas": "3"}, ".spec.replicas: expected numeric (int or float), got string"),
    ],
    ids=["unknown", "type"],
)
def test_a_configuration_that_does_not_fit_is_refused(change, message):
    config = deployment()
    config["spec"].update(change)
    with pytest.raises(ApplyError) as caught:
        apply_as(None, config)
    assert caught.value.message == (
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): " + message
    )


def test_repeated_elements_in_a_configuration_are_refused():
    twice = deployment({"name": "a", "image": "a:1"}, {"name": "a", "image": "a:2"})
    with pytest.raises(ApplyError, match=r'duplicate entries for key \[name="a"\]'):
        apply_as(None, twice)


def test_free_form_custom_resources_are_merged_by_key_with_atomic_lists():
    schema = Schema.from_openapi({"type": "object", "x-kubernetes-preserve-unknown-fields": True})

    def widget(**spec):
        return {
            "apiVersion": "x.dev/v1",
            "kind": "Widget",
            "metadata": {"name": "w"},
            "spec": spec,
        }

    def by(live, config, manager):
        return apply(live, config, manager=manager, force=False, schema=schema, now=T0)

    live = by(None, widget(a={"x": 1}, list=[1, 2]), "alice")
    assert live["metadata"]["managedFields"][0]["fieldsV1"] == {
        "f:spec": {".": {}, "f:a": {".": {}, "f:x": {}}, "f:list": {}}
    }
    live = by(live, widget(a={"y": 2}), "bob")
    assert live["spec"] == {"a": {"x": 1, "y": 2}, "list": [1, 2]}
    with pytest.raises(ApplyConflict) as caught:
        by(live, widget(list=[1]), "bob")
    assert caught.value.conflicts == [('"alice"', ".spec.list")]


def test_the_inputs_stay_as_they_are():
    live = apply_as(None, deployment({"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}))
    config = deployment({"name": "a", "image": "a:2"})
    before = copy.deepcopy((live, config))
    apply_as(live, config, now=T1)
    assert (live, config) == before

import pytest

from gitops_lab.apiserver.defaults import DecodeError, apply_schema_defaults, default
from gitops_lab.apiserver.types import Registry, Schema

REGISTRY = Registry.builtin()


def defaulted(obj):
    group, _, version = obj["apiVersion"].rpartition("/")
    return default(obj, REGISTRY.by_kind(group, version, obj["kind"]))


def deployment(**pod_spec):
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "web:1"}], **pod_spec},
            },
        },
    }


def test_a_deployment_reads_as_kubernetes_writes_it():
    assert defaulted(deployment()) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "progressDeadlineSeconds": 600,
            "replicas": 1,
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
                "type": "RollingUpdate",
            },
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [
                        {
                            "image": "web:1",
                            "imagePullPolicy": "IfNotPresent",
                            "name": "web",
                            "resources": {},
                            "terminationMessagePath": "/dev/termination-log",
                            "terminationMessagePolicy": "File",
                        }
                    ],
                    "dnsPolicy": "ClusterFirst",
                    "restartPolicy": "Always",
                    "schedulerName": "default-scheduler",
                    "securityContext": {},
                    "terminationGracePeriodSeconds": 30,
                },
            },
        },
        "status": {},
    }


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("web", "Always"),
        ("web:latest", "Always"),
        ("web:1", "IfNotPresent"),
        ("registry:5000/web", "Always"),
        ("registry:5000/web:1", "IfNotPresent"),
        ("web@sha256:abc", "IfNotPresent"),
    ],
)
def test_the_pull_policy_follows_the_tag(image, policy):
    result = defaulted(deployment(containers=[{"name": "c", "image": image}]))
    container = result["spec"]["template"]["spec"]["containers"][0]
    assert container["imagePullPolicy"] == policy


def test_recreate_has_no_rolling_update():
    obj = deployment()
    obj["spec"]["strategy"] = {"type": "Recreate"}
    assert defaulted(obj)["spec"]["strategy"] == {"type": "Recreate"}


def test_probes_ports_and_volumes_in_a_template():
    container = {
        "name": "c",
        "image": "c:1",
        "ports": [{"containerPort": 80}],
        "readinessProbe": {"httpGet": {"port": 80}},
    }
    volumes = [
        {"name": "a"},
        {"name": "b", "configMap": {"name": "b"}},
        {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
    ]
    result = defaulted(deployment(containers=[container], volumes=volumes))
    spec = result["spec"]["template"]["spec"]
    assert spec["containers"][0]["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert spec["containers"][0]["readinessProbe"] == {
        "failureThreshold": 3,
        "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
        "periodSeconds": 10,
        "successThreshold": 1,
        "timeoutSeconds": 1,
    }
    assert spec["volumes"][0] == {"name": "a", "emptyDir": {}}
    assert spec["volumes"][1]["configMap"]["defaultMode"] == 420
    assert spec["volumes"][2]["projected"]["sources"][0]["serviceAccountToken"] == {
        "expirationSeconds": 3600,
        "path": "t",
    }


def test_only_pods_get_requests_from_limits():
    containers = [{"name": "c", "image": "c:1", "resources": {"limits": {"cpu": "1000m"}}}]
    pod = defaulted({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": containers}})
    assert pod["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "1"}
    assert pod["spec"]["enableServiceLinks"] is True
    template = defaulted(deployment(containers=containers))["spec"]["template"]["spec"]
    assert template["containers"][0]["resources"] == {"limits": {"cpu": "1"}}
    assert "enableServiceLinks" not in template


def test_a_service_is_cluster_internal_and_targets_its_own_port():
    spec = defaulted({"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}})[
        "spec"
    ]
    assert spec == {
        "internalTrafficPolicy": "Cluster",
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        "sessionAffinity": "None",
        "type": "ClusterIP",
    }


def test_a_node_port_service_lets_traffic_in_from_the_whole_cluster():
    spec = defaulted(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "spec": {"type": "NodePort", "ports": [{"port": 80, "targetPort": "http"}]},
        }
    )["spec"]
    assert spec["externalTrafficPolicy"] == "Cluster"
    assert spec["ports"][0]["targetPort"] == "http"


def test_a_secrets_string_data_becomes_data():
    secret = defaulted(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "data": {"a": "eA==", "b": "eQ=="},
            "stringData": {"b": "z"},
        }
    )
    assert secret == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {},
        "type": "Opaque",
        "data": {"a": "eA==", "b": "eg=="},
    }


def test_a_namespace_is_labelled_with_its_name():
    obj = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "labels": {"x": "y"}}}
    result = defaulted(obj)
    assert result["metadata"]["labels"] == {"x": "y", "kubernetes.io/metadata.name": "a"}
    assert result["status"] == {"phase": "Active"}
    assert obj["metadata"]["labels"] == {"x": "y"}


def test_a_job_runs_once_and_takes_its_templates_labels():
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "spec": {
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "c:1"}]},
            }
        },
    }
    result = defaulted(job)
    assert result["metadata"]["labels"] == {"a": "b"}
    assert {k: v for k, v in result["spec"].items() if k != "template"} == {
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "completions": 1,
        "manualSelector": False,
        "parallelism": 1,
        "podReplacementPolicy": "TerminatingOrFailed",
        "suspend": False,
    }


def test_a_crd_gets_its_names():
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {
            "group": "x.dev",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True}],
        },
    }
    result = defaulted(crd)
    assert result["spec"]["names"]["listKind"] == "WidgetList"
    assert result["spec"]["names"]["singular"] == "widget"
    assert result["spec"]["conversion"] == {"strategy": "None"}
    assert result["status"]["storedVersions"] == ["v1"]


def test_defaulting_twice_changes_nothing():
    once = defaulted(deployment(volumes=[{"name": "v", "hostPath": {"path": "/x"}}]))
    assert defaulted(once) == once


def test_a_wrong_type_names_the_kind_and_version():
    obj = deployment()
    obj["spec"]["replicas"] = "three"
    with pytest.raises(DecodeError) as caught:
        defaulted(obj)
    assert caught.value.message == (
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal '
        "string into Go struct field DeploymentSpec.spec.replicas of type int32"
    )


def test_every_builtin_kind_has_a_normal_form():
    for resource in REGISTRY.all():
        obj = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {}}
        once = normal(obj, resource)
        assert normal(once, resource) == once


def normal(obj, resource):
    return default(obj, resource)


def test_schema_defaults_of_a_custom_resource():
    schema = Schema.from_openapi(
        {
            "type": "object",
            "properties": {
                "spec": {
                    "type": "object",
                    "default": {},
                    "properties": {
                        "size": {"type": "integer", "default": 3},
                        "mode": {"type": "string", "nullable": True, "default": "a"},
                        "list": {
                            "type": "array",
                            "items": {"type": "object", "properties": {"x": {"default": 1}}},
                        },
                    },
                }
            },
        }
    )
    assert apply_schema_defaults({}, schema) == {"spec": {"size": 3, "mode": "a"}}
    given = {"spec": {"size": None, "mode": None, "list": [{}, {"x": 2}]}}
    assert apply_schema_defaults(given, schema) == {
        "spec": {"size": 3, "mode": None, "list": [{"x": 1}, {"x": 2}]}
    }
    whole = {"spec": {"size": 1, "mode": "b"}}
    assert apply_schema_defaults(whole, schema) is whole

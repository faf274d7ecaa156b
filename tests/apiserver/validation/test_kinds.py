import copy

import pytest

from gitops_lab.apiserver.defaults import default
from gitops_lab.apiserver.types import Registry
from gitops_lab.apiserver.validation import message, validate

REGISTRY = Registry.builtin()


def problems(obj, old=None):
    group, _, version = obj["apiVersion"].rpartition("/")
    resource = REGISTRY.by_kind(group, version, obj["kind"])
    before = default(old, resource) if old else None
    found = validate(default(obj, resource), before, resource)
    return [f"{each.field}: {message(each)}" for each in found]


def config_map(**changes):
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"}}
    return obj | changes


def secret(kind, **data):
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "type": kind,
        "stringData": data,
    }


def service(*ports, **spec):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"ports": list(ports), **spec},
    }


def pod(container=None, **spec):
    containers = [{"name": "c", "image": "c:1", **(container or {})}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": containers, **spec},
    }


def deployment(kind="Deployment", **spec):
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec},
    }


@pytest.mark.parametrize(
    "obj",
    [
        config_map(),
        secret("Opaque", a="b"),
        service({"port": 80}),
        service({"port": 80, "name": "a"}, {"port": 81, "name": "b", "targetPort": "web"}),
        service(type="ExternalName", externalName="example.com."),
        service(clusterIP="None"),
        pod(),
        deployment(),
        deployment("ReplicaSet"),
        deployment("StatefulSet", serviceName="web"),
        deployment("DaemonSet"),
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}},
    ],
    ids=lambda obj: obj["kind"],
)
def test_what_is_right_has_no_problems(obj):
    assert problems(obj) == []
    assert problems(copy.deepcopy(obj), obj) == []


SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name', or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
LABEL_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue', or 'my_value', "
    "or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def with_metadata(**metadata):
    return config_map(metadata={"name": "c", **metadata})


OWNER = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "controller": True}


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (with_metadata(name="Bad_Name"), f'metadata.name: Invalid value: "Bad_Name": {SUBDOMAIN}'),
        (
            with_metadata(name=""),
            "metadata.name: Required value: name or generateName is required",
        ),
        (
            with_metadata(labels={"a": "not ok"}),
            f'metadata.labels: Invalid value: "not ok": {LABEL_VALUE}',
        ),
        (
            with_metadata(labels={"/a": "x"}),
            'metadata.labels: Invalid value: "/a": prefix part must be non-empty',
        ),
        (
            with_metadata(annotations={"big": "x" * 300_000}),
            "metadata.annotations: Too long: may not be more than 262144 bytes",
        ),
        (
            with_metadata(finalizers=["mine"]),
            'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer '
            "name nor is it fully qualified",
        ),
        (
            with_metadata(ownerReferences=[{"apiVersion": "v1", "kind": "Pod", "name": "p"}]),
            "metadata.ownerReferences[0].uid: Required value: must not be empty",
        ),
        (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a.b"}},
            'metadata.name: Invalid value: "a.b": must not contain dots',
        ),
    ],
    ids=["name", "no-name", "label-value", "label-key", "annotations", "finalizer", "owner", "ns"],
)
def test_metadata(obj, expected):
    assert problems(obj) == [expected]


def test_only_one_owner_is_the_controller():
    found = problems(with_metadata(ownerReferences=[OWNER, {**OWNER, "name": "q"}]))
    assert len(found) == 1
    assert "Only one reference can have Controller set to true" in found[0]


def test_no_finalizer_is_added_to_an_object_that_is_being_deleted():
    old = with_metadata(deletionTimestamp="2024-01-01T00:00:00Z", finalizers=["a.b/c"])
    new = copy.deepcopy(old)
    new["metadata"]["finalizers"].append("a.b/d")
    assert problems(new, old) == [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being "
        'deleted, found new finalizers []string{"a.b/d"}'
    ]


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (
            config_map(data={"a b": "1"}),
            'data[a b]: Invalid value: "a b": a valid config key must consist of alphanumeric '
            "characters, '-', '_' or '.' (e.g. 'key.name', or 'KEY_NAME', or 'key-name', regex "
            "used for validation is '[-._a-zA-Z0-9]+')",
        ),
        (
            config_map(data={"..x": "1"}),
            "data[..x]: Invalid value: \"..x\": must not start with '..'",
        ),
        (
            config_map(binaryData={"a": "eA=="}),
            'data[a]: Invalid value: "a": duplicate of key present in binaryData',
        ),
        (
            config_map(data={"a": "x" * (1024 * 1024 + 1)}),
            ": Too long: may not be more than 1048576 bytes",
        ),
    ],
    ids=["key", "dots", "both", "size"],
)
def test_config_maps(obj, expected):
    assert problems(obj) == [expected]


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_what_is_immutable_stays(kind):
    old = config_map(kind=kind, immutable=True, data={"a": "eA=="})
    new = {**old, "immutable": False, "data": {"a": "eQ=="}}
    assert problems(new, old) == [
        "immutable: Forbidden: field is immutable when `immutable` is set",
        "data: Forbidden: field is immutable when `immutable` is set",
    ]


def test_secrets_need_what_their_type_says():
    assert problems(secret("kubernetes.io/tls", **{"tls.crt": "x"})) == [
        "data[tls.key]: Required value"
    ]
    assert problems(secret("kubernetes.io/basic-auth")) == [
        "data[username]: Required value",
        "data[password]: Required value",
    ]
    assert problems(secret("b"), secret("a")) == ['type: Invalid value: "b": field is immutable']


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (service(), ["spec.ports: Required value"]),
        (
            service({"port": 80}, {"port": 81}),
            ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
        ),
        (
            service({"port": 70000}),
            [
                f"spec.ports[0].{field}: Invalid value: 70000: must be between 1 and 65535, "
                "inclusive"
                for field in ("port", "targetPort")
            ],
        ),
        (
            service({"port": 80, "name": "a"}, {"port": 80, "name": "b"}),
            [
                'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,'
                '"Port":80,"TargetPort":0,"NodePort":0}'
            ],
        ),
        (
            service({"port": 80}, type="Bogus"),
            [
                'spec.type: Unsupported value: "Bogus": supported values: "ClusterIP", '
                '"ExternalName", "LoadBalancer", "NodePort"'
            ],
        ),
        (
            service({"port": 80, "nodePort": 30000}),
            ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
        ),
        (
            service({"port": 80, "targetPort": "-x"}),
            ['spec.ports[0].targetPort: Invalid value: "-x": must not begin or end with a hyphen'],
        ),
        (service(type="ExternalName"), ["spec.externalName: Required value"]),
    ],
    ids=["none", "unnamed", "number", "twice", "type", "node-port", "target", "external"],
)
def test_services(obj, expected):
    assert problems(obj) == expected


def test_a_cluster_ip_does_not_change():
    old = service({"port": 80}, clusterIP="127.96.0.9", clusterIPs=["127.96.0.9"])
    new = service({"port": 80}, clusterIP="127.96.0.8", clusterIPs=["127.96.0.8"])
    assert problems(new, old) == [
        'spec.clusterIPs[0]: Invalid value: ["127.96.0.8"]: may not change once set'
    ]


C = "spec.containers[0]"


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (pod(containers=[]), ["spec.containers: Required value"]),
        (pod({"name": ""}), [f"{C}.name: Required value"]),
        (pod({"image": ""}), [f"{C}.image: Required value"]),
        (pod({"name": "A"}), [f'{C}.name: Invalid value: "A": {LABEL}']),
        (
            pod({"imagePullPolicy": "Sometimes"}),
            [
                f'{C}.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always",'
                ' "IfNotPresent", "Never"'
            ],
        ),
        (
            pod({"volumeMounts": [{"name": "v", "mountPath": "/x"}]}),
            [f'{C}.volumeMounts[0].name: Not found: "v"'],
        ),
        (pod({"ports": [{"containerPort": 0}]}), [f"{C}.ports[0].containerPort: Required value"]),
        (
            pod({"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}),
            [
                f'{C}.resources.requests: Invalid value: "2": must be less than or equal to cpu '
                "limit of 1"
            ],
        ),
        (
            pod({"env": [{"name": "A", "valueFrom": {}}]}),
            [
                f'{C}.env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, '
                "`resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            ],
        ),
        (
            pod({"livenessProbe": {}}),
            [f"{C}.livenessProbe: Required value: must specify a handler type"],
        ),
        (
            pod({"livenessProbe": {"exec": {"command": ["x"]}, "successThreshold": 2}}),
            [f"{C}.livenessProbe.successThreshold: Invalid value: 2: must be 1"],
        ),
        (
            pod(restartPolicy="Maybe"),
            [
                'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", '
                '"OnFailure", "Never"'
            ],
        ),
        (
            pod(volumes=[{"name": "v", "emptyDir": {}, "configMap": {"name": "c"}}]),
            ["spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type"],
        ),
        (
            pod(volumes=[{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}]),
            ['spec.volumes[1].name: Duplicate value: "v"'],
        ),
    ],
    ids=[
        "no-containers",
        "no-name",
        "no-image",
        "name",
        "pull-policy",
        "mount",
        "port",
        "resources",
        "env",
        "probe",
        "threshold",
        "restart",
        "two-sources",
        "twice",
    ],
)
def test_pods(obj, expected):
    assert problems(obj) == expected


def test_container_names_are_unique():
    obj = pod()
    obj["spec"]["containers"] *= 2
    assert problems(obj) == ['spec.containers[1].name: Duplicate value: "c"']


UNMATCHED = (
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match '
    "template `labels`"
)


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (deployment(selector=None), ["spec.selector: Required value", UNMATCHED]),
        (deployment(selector={"matchLabels": {"app": "x"}}), [UNMATCHED]),
        (
            deployment(selector={}),
            ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
        ),
        (
            deployment(replicas=-1),
            ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            deployment(strategy={"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 0}}),
            [
                "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when "
                "`maxSurge` is 0"
            ],
        ),
        (
            deployment(strategy={"type": "Recreate", "rollingUpdate": {}}),
            [
                "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy "
                "`type` is 'Recreate'"
            ],
        ),
        (
            deployment(strategy={"type": "Blue"}),
            [
                'spec.strategy: Unsupported value: {"Type":"Blue","RollingUpdate":null}: supported '
                'values: "Recreate", "RollingUpdate"'
            ],
        ),
        (
            deployment(progressDeadlineSeconds=5, minReadySeconds=5),
            [
                "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than "
                "minReadySeconds"
            ],
        ),
    ],
    ids=["none", "unmatched", "empty", "replicas", "zero", "recreate", "type", "deadline"],
)
def test_deployments(obj, expected):
    assert problems(obj) == expected


def test_selectors_with_expressions_match_too():
    expression = {"key": "app", "operator": "In", "values": ["web", "other"]}
    assert problems(deployment(selector={"matchExpressions": [expression]})) == []
    negative = {"key": "app", "operator": "NotIn", "values": ["web"]}
    assert problems(deployment(selector={"matchExpressions": [negative]})) == [UNMATCHED]


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"])
def test_a_selector_does_not_change(kind):
    old = deployment(kind)
    new = copy.deepcopy(old)
    new["spec"]["selector"] = {"matchLabels": {"app": "web", "x": "y"}}
    new["spec"]["template"]["metadata"]["labels"]["x"] = "y"
    assert problems(new, old) == [
        'spec.selector: Invalid value: {"matchLabels":{"app":"web","x":"y"}}: field is immutable'
    ]


def test_a_template_is_judged_like_a_pod():
    obj = deployment()
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = ""
    assert problems(obj) == ["spec.template.spec.containers[0].image: Required value"]


def test_a_template_restarts_always_and_a_job_never_does():
    obj = deployment()
    obj["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    path = "spec.template.spec.restartPolicy"
    assert problems(obj) == [f'{path}: Unsupported value: "Never": supported values: "Always"']
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}}
    job["spec"] = {"template": {"spec": {"containers": [{"name": "c", "image": "c:1"}]}}}
    assert problems(job) == [
        f'{path}: Unsupported value: "Always": supported values: "OnFailure", "Never"'
    ]


def test_requests_that_are_not_stored_have_no_rules():
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "metadata": {}}
    assert problems(review) == []

import copy

import pytest

from tests.apiserver.validation.objects import (
    LABEL_VALUE,
    SUBDOMAIN,
    config_map,
    deployment,
    pod,
    problems,
    secret,
    service,
)


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
            "characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex "
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


def test_requests_that_are_not_stored_have_no_rules():
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "metadata": {}}
    assert problems(review) == []

"""bodies/ holds what kubectl 1.37.1 sent for `kubectl create …` and the same objects as JSON."""

import json
from pathlib import Path

import pytest

from gitops_lab.apiserver.protobuf import MAGIC, ProtobufError, decode
from gitops_lab.apiserver.protobuf.scalars import go_duration

BODIES = sorted((Path(__file__).parent / "bodies").glob("*.bin"))


@pytest.mark.parametrize("body", BODIES, ids=[body.stem for body in BODIES])
def test_what_kubectl_sends(body):
    assert decode(body.read_bytes()) == json.loads(body.with_suffix(".json").read_text())


def test_bodies_of_many_kinds_are_there():
    assert len(BODIES) >= 15


# -- messages written by hand


def varint(number):
    out = b""
    number &= 0xFFFFFFFFFFFFFFFF
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def number(tag, value):
    return varint(tag << 3) + varint(value)


def data(tag, value):
    raw = value.encode() if isinstance(value, str) else value
    return varint(tag << 3 | 2) + varint(len(raw)) + raw


def envelope(api_version, kind, raw, extra=b""):
    meta = data(1, api_version) + data(2, kind)
    return MAGIC + data(1, meta) + data(2, raw) + extra


def test_delete_options_of_any_group():
    raw = number(1, 0) + data(2, data(1, "some-uid")) + data(4, "Foreground") + data(5, "All")
    assert decode(envelope("policy/v1", "DeleteOptions", raw)) == {
        "apiVersion": "policy/v1",
        "kind": "DeleteOptions",
        "gracePeriodSeconds": 0,
        "preconditions": {"uid": "some-uid"},
        "propagationPolicy": "Foreground",
        "dryRun": ["All"],
    }


def test_an_eviction():
    raw = data(1, data(1, "pod") + data(3, "default"))
    assert decode(envelope("policy/v1", "Eviction", raw)) == {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": "pod", "namespace": "default"},
    }


def test_pointers_tell_zero_from_not_set():
    spec = number(1, 0) + number(7, 0)  # replicas is a pointer, paused is not
    obj = decode(envelope("apps/v1", "Deployment", data(2, spec)))
    assert obj["spec"]["replicas"] == 0
    assert "paused" not in obj["spec"]


def test_negative_numbers_times_and_int_or_string():
    meta = data(1, "p") + data(8, number(1, 1704067200) + number(2, 0))
    toleration = number(5, -1)
    probe = data(1, data(2, data(2, number(1, 1) + number(2, 0) + data(3, "http"))))
    container = data(1, "c") + data(11, probe)
    raw = data(1, meta) + data(2, data(2, container) + data(22, toleration))
    pod = decode(envelope("v1", "Pod", raw))
    assert pod["metadata"]["creationTimestamp"] == "2024-01-01T00:00:00Z"
    assert pod["spec"]["tolerations"] == [{"tolerationSeconds": -1}]
    assert pod["spec"]["containers"][0]["readinessProbe"] == {"httpGet": {"port": "http"}}


def test_managed_fields_keep_their_json():
    fields = data(1, '{"f:data":{"f:a":{}}}')
    entry = data(1, "k") + data(2, "Update") + data(3, "v1") + data(6, "FieldsV1") + data(7, fields)
    config_map = decode(envelope("v1", "ConfigMap", data(1, data(1, "c") + data(17, entry))))
    assert config_map["metadata"]["managedFields"] == [
        {
            "manager": "k",
            "operation": "Update",
            "apiVersion": "v1",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:data": {"f:a": {}}},
        }
    ]


def test_a_secret_of_helm_has_base64_data():
    entry = data(1, "release") + data(2, b"\x00\xff")
    secret = decode(envelope("v1", "Secret", data(2, entry) + data(3, "helm.sh/release.v1")))
    assert secret["data"] == {"release": "AP8="}
    assert secret["type"] == "helm.sh/release.v1"


def test_a_custom_resource_definitions_schema():
    inner = data(5, "object") + data(30, number(1, 1))
    schema = data(5, "object") + data(29, data(1, "spec") + data(2, inner))
    version = data(1, "v1") + number(2, 1) + number(3, 1) + data(4, data(1, schema))
    crd = decode(
        envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", data(2, data(7, version)))
    )
    assert crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == {
        "type": "object",
        "properties": {"spec": {"type": "object", "additionalProperties": True}},
    }


def test_unknown_tags_are_skipped():
    raw = data(1, data(1, "c")) + data(99, "new field") + number(98, 7)
    assert decode(envelope("v1", "ConfigMap", raw))["metadata"] == {"name": "c"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        MAGIC + b"\xff",
        MAGIC + data(1, data(1, "v1") + data(2, "Widget")),
        envelope("v1", "ConfigMap", b"\x0a\x7f"),
        envelope("v1", "ConfigMap", b"\x0f"),
        envelope("v1", "ConfigMap", number(1, 3)),
        envelope("v1", "ConfigMap", b"", data(3, "gzip")),
        envelope("v1", "ConfigMap", data(1, data(1, b"\xff\xfe"))),
        envelope("v1", "ConfigMap", b"\x80" * 12),
    ],
    ids=[
        "empty",
        "json",
        "truncated-varint",
        "unknown-kind",
        "truncated",
        "bad-wire-type",
        "wrong-wire-type",
        "encoded",
        "bad-utf8",
        "overlong-varint",
    ],
)
def test_what_can_not_be_read_is_refused(body):
    with pytest.raises(ProtobufError):
        decode(body)


def test_messages_nested_too_deep_are_refused():
    schema = b""
    for _ in range(400):
        schema = data(28, schema)
    version = data(1, "v1") + data(4, data(1, schema))
    with pytest.raises(ProtobufError, match="depth"):
        decode(
            envelope(
                "apiextensions.k8s.io/v1", "CustomResourceDefinition", data(2, data(7, version))
            )
        )


@pytest.mark.parametrize(
    ("nanos", "text"),
    [
        (0, "0s"),
        (1, "1ns"),
        (1_500, "1.5µs"),
        (100_000_000, "100ms"),
        (1_500_000_000, "1.5s"),
        (90_000_000_000, "1m30s"),
        (3_600_000_000_000, "1h0m0s"),
        (-60_000_000_000, "-1m0s"),
    ],
)
def test_durations_read_as_go_writes_them(nanos, text):
    assert go_duration(nanos) == text

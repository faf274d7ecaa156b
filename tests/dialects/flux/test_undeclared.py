"""Which fields are left out because a kind does not have them."""

from typing import Any

import pytest

from gitops_lab.dialects.flux.ssa.undeclared import without_undeclared

PORTS = [{"port": 80}, {"port": 81, "protocol": "TCP", "prot": 1}]
SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"ports": PORTS, "selectr": {"app": "web"}},
}
HEAD = "failed to create typed patch object (default/web; /v1, Kind=Service): "
UNDECLARED = "field not declared in schema"


def test_one_field_is_left_out() -> None:
    rest = without_undeclared(SERVICE, f"{HEAD}.spec.selectr: {UNDECLARED}")
    assert rest == {**SERVICE, "spec": {"ports": PORTS}}


def test_several_fields_are_left_out_also_of_items_of_lists() -> None:
    lines = f'.spec.ports[port=81,protocol="TCP"].prot: {UNDECLARED}\n  .spec.selectr: {UNDECLARED}'
    rest = without_undeclared(SERVICE, f"{HEAD}errors:\n  {lines}")
    ports = [{"port": 80}, {"port": 81, "protocol": "TCP"}]
    assert rest == {**SERVICE, "spec": {"ports": ports}}


@pytest.mark.parametrize(
    "refusal",
    [
        f"{HEAD}errors:\n  .spec.selectr: {UNDECLARED}\n  .spec.ports: expected list, got &{{1}}",
        "something else",
        f"{HEAD}.spec.none: {UNDECLARED}",
    ],
)
def test_another_refusal_stays_one(refusal: str) -> None:
    assert without_undeclared(SERVICE, refusal) is None


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("example.test/v1", "Service"),
        ("rbac.authorization.k8s.io/v1", "Role"),
        ("gateway.networking.k8s.io/v1", "Gateway"),
    ],
)
def test_other_kinds_are_left_as_they_are(api_version: str, kind: str) -> None:
    obj = {**SERVICE, "apiVersion": api_version, "kind": kind}
    assert without_undeclared(obj, f"{HEAD}.spec.selectr: {UNDECLARED}") is None

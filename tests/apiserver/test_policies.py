"""Admission policies of a running server. The oracle compares what they say."""

from collections.abc import Iterator
from typing import Any

import pytest

from gitops_lab.apiserver.rules.structs import as_maps
from gitops_lab.kube.client import Client
from gitops_lab.kube.errors import Invalid
from tests.apiserver.raw import config_map, send
from tests.apiserver.servers import RunningServer

API = "admissionregistration.k8s.io/v1"


class Policies:
    """Makes policies for one namespace, and takes them away."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.client, self.namespace = client, namespace
        self._made: list[tuple[str, str]] = []

    def add(self, kind: str, spec: dict[str, Any], **binding: Any) -> None:
        name = f"{kind.lower()}-{len(self._made)}.{self.namespace}"
        rules = [
            {
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "operations": ["*"],
                "resources": ["configmaps"],
            }
        ]
        selector = {"matchLabels": {"kubernetes.io/metadata.name": self.namespace}}
        constraints = {"namespaceSelector": selector, "resourceRules": rules}
        self._create(f"{kind}AdmissionPolicy", name, {"matchConstraints": constraints, **spec})
        self._create(f"{kind}AdmissionPolicyBinding", name, {"policyName": name, **binding})

    def config_map(self, name: str) -> dict[str, Any]:
        """What they are about."""
        return {**config_map(name), "metadata": {"name": name, "namespace": self.namespace}}

    def _create(self, kind: str, name: str, spec: dict[str, Any]) -> None:
        self.client.create(
            {"apiVersion": API, "kind": kind, "metadata": {"name": name}, "spec": spec}
        )
        self._made.append((kind, name))

    def take_away(self) -> None:
        for kind, name in self._made:
            self.client.delete(API, kind, name)


@pytest.fixture
def policies(client: Client, namespace: str) -> Iterator[Policies]:
    made = Policies(client, namespace)
    yield made
    made.take_away()


def test_what_a_policy_denies_is_not_stored(policies: Policies, client: Client) -> None:
    validation = {
        "expression": "object == null || size(object.metadata.name) > 3",
        "message": "too short",
    }
    policies.add("Validating", {"validations": [validation]}, validationActions=["Deny"])
    client.create(policies.config_map("longer"))
    with pytest.raises(Invalid, match="denied request: too short"):
        client.create(policies.config_map("abc"))
    client.delete("v1", "ConfigMap", "longer", policies.namespace)


def test_a_mutation_s_turn_comes_again_after_others(policies: Policies, client: Client) -> None:
    def labels(expression: str, again: str) -> None:
        text = f"Object{{metadata: Object.metadata{{labels: {{{expression}}}}}}}"
        mutation = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": text}}
        policies.add("Mutating", {"mutations": [mutation], "reinvocationPolicy": again})

    seen = "has(object.metadata.labels) && 'late' in object.metadata.labels ? 'yes' : 'no'"
    labels(f"'first': {seen}", "IfNeeded")
    labels("'late': 'here'", "Never")
    found = client.create(policies.config_map("a"))
    assert found["metadata"]["labels"] == {"first": "yes", "late": "here"}


def test_warnings_come_with_the_answer(policies: Policies, server: RunningServer) -> None:
    policies.add(
        "Validating",
        {
            "validations": [
                {"expression": "false", "messageExpression": "'not ' + object.metadata.name"}
            ]
        },
        validationActions=["Warn"],
    )
    path = f"/api/v1/namespaces/{policies.namespace}/configmaps"
    reply = send(server, "POST", path, policies.config_map("a"))
    assert reply.code == 201
    assert "not a" in reply.headers["warning"]


def test_what_the_library_lacks_is_refused_at_once(policies: Policies) -> None:
    validation = {"expression": "authorizer.group('').resource('pods').check('get').allowed()"}
    with pytest.raises(Invalid, match="undeclared reference"):
        policies.add("Validating", {"validations": [validation]}, validationActions=["Deny"])


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Object{}", "{}"),
        ("Object{spec: Object.spec{replicas: 1 + 2}}", '{"spec": {"replicas": 1 + 2}}'),
        ("{'a{b: c': Object{d: 'Object{'}}", "{'a{b: c': {\"d\": 'Object{'}}"),
        ("[JSONPatch{op: 'add', path: '/a'}]", "[{\"op\": 'add',\"path\": '/a'}]"),
        ("Object{a__dash__b: [1, 2].map(i, i)}", '{"a-b": [1, 2].map(i, i)}'),
        ("x ? Object{a: 1} : y", 'x ? {"a": 1} : y'),
    ],
)
def test_objects_are_written_as_maps(text: str, written: str) -> None:
    assert as_maps(text) == written

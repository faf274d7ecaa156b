"""Kinds beside workloads: RBAC, ingresses, autoscalers, budgets, claims, events."""

from typing import Any

import pytest

from gitops_lab.apiserver.defaults import default
from gitops_lab.apiserver.types import Registry
from gitops_lab.apiserver.validation import message, validate

REGISTRY = Registry.builtin()
RBAC = "rbac.authorization.k8s.io"
REFERENCE = {"apiGroup": RBAC, "kind": "Role", "name": "reader"}
RULE = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}


def told(path: str, body: dict[str, Any], old: dict[str, Any] | None = None) -> list[str]:
    """Problems of an object of `group/version/plural`, or of the change from `old`."""
    group, version, plural = path.split("/")
    resource = REGISTRY.lookup(group, version, plural)
    assert resource is not None

    def whole(part: dict[str, Any]) -> dict[str, Any]:
        head = {"apiVersion": resource.api_version, "kind": resource.kind}
        metadata = {"name": "one", **({"namespace": "ns"} if resource.namespaced else {})}
        return default({**head, "metadata": metadata, **part}, resource)

    found = validate(whole(body), whole(old) if old else None, resource)
    return [f"{each.field}: {message(each)}" for each in found]


def path(**more: Any) -> dict[str, Any]:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    one = {"path": "/", "pathType": "Prefix", "backend": backend, **more}
    return {"spec": {"rules": [{"http": {"paths": [one]}}]}}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (f"{RBAC}/v1/roles", {"rules": [RULE]}),
        (f"{RBAC}/v1/clusterroles", {"rules": [{"nonResourceURLs": ["/x"], "verbs": ["get"]}]}),
        (f"{RBAC}/v1/rolebindings", {"roleRef": REFERENCE, "subjects": [{
            "kind": "User", "name": "ann"}]}),
        ("networking.k8s.io/v1/ingresses", path()),
        ("networking.k8s.io/v1/ingresses", {"spec": {"rules": [{"host": "*.example.com"}]}}),
        ("policy/v1/poddisruptionbudgets", {"spec": {"minAvailable": "50%"}}),
        ("/v1/events", {"involvedObject": {"namespace": "ns", "name": "p"}}),
    ],
)  # fmt: skip
def test_what_is_right_is_accepted(kind: str, body: dict[str, Any]) -> None:
    assert told(kind, body) == []


def test_roles_need_verbs_groups_and_resources() -> None:
    rules = [{"verbs": ["get"]}, {**RULE, "verbs": []}, {"nonResourceURLs": ["/x"], "verbs": ["a"]}]
    assert told(f"{RBAC}/v1/roles", {"rules": rules}) == [
        "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
        "rules[0].resources: Required value: resource rules must supply at least one resource",
        "rules[1].verbs: Required value",
        'rules[2].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to '
        "non-resource URLs",
    ]


def test_a_binding_keeps_its_role() -> None:
    other = {**REFERENCE, "name": "writer"}
    subjects = [{"kind": "ServiceAccount", "name": "bot"}, {"kind": "Robot", "name": "r"}]
    kind = f"{RBAC}/v1/rolebindings"
    assert told(kind, {"roleRef": other, "subjects": subjects}, {"roleRef": REFERENCE}) == [
        'subjects[1].kind: Unsupported value: "Robot": supported values: "ServiceAccount", '
        '"User", "Group"',
        f'roleRef: Invalid value: {{"APIGroup":"{RBAC}","Kind":"Role","Name":"writer"}}: field is '
        "immutable",
    ]


def test_an_account_needs_its_namespace_where_the_binding_has_none() -> None:
    bot = {"subjects": [{"kind": "ServiceAccount", "name": "bot"}]}
    everywhere = {**REFERENCE, "kind": "ClusterRole"}
    assert told(f"{RBAC}/v1/rolebindings", {"roleRef": REFERENCE, **bot}) == []
    assert told(f"{RBAC}/v1/clusterrolebindings", {"roleRef": everywhere, **bot}) == [
        "subjects[0].namespace: Required value"
    ]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"path": "x"}, '.path: Invalid value: "x": must be an absolute path'),
        ({"path": "/a//b"}, ".path: Invalid value: \"/a//b\": must not contain '//'"),
        ({"path": "/.."}, ".path: Invalid value: \"/..\": cannot end with '/..'"),
        ({"pathType": None}, ".pathType: Required value: pathType must be specified"),
        ({"backend": {}}, '.backend: Invalid value: "": resource or service backend is required'),
        (
            {"backend": {"service": {"name": "web"}}},
            ".backend: Required value: port name or number is required",
        ),
    ],
)
def test_an_ingress_path_is_told_what_is_wrong(more: dict[str, Any], problem: str) -> None:
    found = told("networking.k8s.io/v1/ingresses", path(**more))
    assert found == [f"spec.rules[0].http.paths[0]{problem}"]


def test_an_autoscaler_has_bounds_and_a_target() -> None:
    spec = {"scaleTargetRef": {"kind": "Deployment"}, "minReplicas": 3, "maxReplicas": 2}
    assert told("autoscaling/v2/horizontalpodautoscalers", {"spec": spec}) == [
        "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`",
        "spec.scaleTargetRef.name: Required value",
        'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
    ]


def test_a_claim_needs_a_mode_and_a_size() -> None:
    assert told("/v1/persistentvolumeclaims", {"spec": {}}) == [
        "spec.accessModes: Required value: at least 1 access mode is required",
        "spec.resources[storage]: Required value",
    ]


def test_a_budget_has_one_bound() -> None:
    (found,) = told("policy/v1/poddisruptionbudgets", {
        "spec": {"minAvailable": 1, "maxUnavailable": 1}})  # fmt: skip
    assert found.endswith("minAvailable and maxUnavailable cannot be both set")


def test_an_event_is_beside_what_it_is_about() -> None:
    assert told("/v1/events", {"involvedObject": {"namespace": "other"}}) == [
        'involvedObject.namespace: Invalid value: "other": does not match event.namespace'
    ]

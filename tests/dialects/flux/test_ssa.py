"""The pure parts of how Flux writes: order, drift, whose fields, what is well."""

from typing import Any

import pytest

from gitops_lab.dialects.flux.ssa.changes import Action, Change, from_identity, identity, listed
from gitops_lab.dialects.flux.ssa.drift import IgnoreRule, has_drifted, marked, yielded
from gitops_lab.dialects.flux.ssa.kstatus import Health, assess
from gitops_lab.dialects.flux.ssa.order import stages
from gitops_lab.dialects.flux.ssa.owners import clean_up, taken_over
from gitops_lab.kube.objects import ObjectKey

MANAGER = "kustomize-controller"


def _obj(kind: str, api: str = "v1", **more: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "x", "generation": 2}, **more}


def _entry(manager: str, operation: str, **fields: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "fieldsV1": fields}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (ObjectKey("apps", "Deployment", "shop", "web"), "shop_web_apps_Deployment"),
        (ObjectKey("", "Namespace", "", "shop"), "_shop__Namespace"),
        (
            ObjectKey("rbac.authorization.k8s.io", "ClusterRole", "", "system:a:b"),
            "_system__a__b_rbac.authorization.k8s.io_ClusterRole",
        ),
    ],
)
def test_an_entry_of_the_inventory_names_an_object(key: ObjectKey, text: str) -> None:
    assert identity(key) == text
    assert from_identity(text) == key


def test_what_is_no_entry_is_refused() -> None:
    with pytest.raises(ValueError, match="no id"):
        from_identity("nonsense")


def test_only_what_changed_is_listed() -> None:
    changes = [Change.of(_obj("ConfigMap"), action) for action in Action]
    told = listed(changes).splitlines()
    assert [line.split()[1] for line in told] == ["created", "configured", "deleted", "unknown"]


def test_definitions_and_classes_have_stages_of_their_own() -> None:
    kinds = ("Service", "StorageClass", "Namespace", "ValidatingWebhookConfiguration", "Secret")
    found = [[obj["kind"] for obj in stage] for stage in stages(_obj(kind) for kind in kinds)]
    last = ["Secret", "Service", "ValidatingWebhookConfiguration"]
    assert found == [["Namespace"], ["StorageClass"], last]


def test_metadata_and_status_are_no_drift_but_labels_are() -> None:
    live = _obj("ConfigMap", data={"a": "1"}, status={"x": 1})
    assert not has_drifted(live, {**live, "status": {}, "metadata": {"name": "x"}})
    assert has_drifted(live, {**live, "data": {"a": "2"}})
    assert has_drifted(live, {**live, "metadata": {"name": "x", "labels": {"a": "b"}}})
    assert has_drifted(None, live)
    assert not has_drifted(live, {**live, "data": {"a": "2"}}, ["/data/a"])


def test_a_mark_may_be_a_label_or_an_annotation_in_any_case() -> None:
    for part in ("labels", "annotations"):
        obj = {"metadata": {part: {"prune": "Disabled"}}}
        assert marked(obj, {"prune": "disabled"})
    assert not marked({"metadata": {}}, {"prune": "disabled"})


def test_an_ignored_field_keeps_the_live_value_unless_another_applies_it() -> None:
    live = _obj("ConfigMap", data={"a": "live", "b": "live"})
    fields: dict[str, Any] = {"f:data": {"f:b": {}}}
    live["metadata"]["managedFields"] = [_entry("other", "Apply", **fields)]
    wanted = _obj("ConfigMap", data={"a": "git", "b": "git", "c": "git"})
    written = yielded(wanted, live, ["/data/a", "/data/b", "/data/none"], MANAGER)
    assert written["data"] == {"a": "live", "c": "git"}


def test_a_rule_chooses_by_kind_name_and_labels() -> None:
    obj = _obj("ConfigMap")
    obj["metadata"]["labels"] = {"app": "web"}
    fits = {"kind": "Config.*", "name": "x", "labelSelector": "app=web,!canary"}
    assert IgnoreRule(("/data",), fits).fits(obj)
    for other in ({"kind": "Secret"}, {"labelSelector": "app!=web"}, {"name": "y"}):
        assert not IgnoreRule(("/data",), other).fits(obj)


def test_kubectl_s_fields_become_the_manager_s_own() -> None:
    entries = [
        _entry(MANAGER, "Apply", **{"f:data": {"f:a": {}}}),
        _entry("kubectl-edit", "Update", **{"f:data": {"f:b": {}}}),
        _entry("operator", "Update", **{"f:data": {"f:c": {}}}),
    ]
    found = taken_over(entries, MANAGER)
    assert found == [
        entries[2],
        _entry(MANAGER, "Apply", **{"f:data": {"f:a": {}, "f:b": {}}}),
    ]
    assert taken_over([entries[0], entries[2]], MANAGER) is None


def test_what_was_made_by_kubectl_apply_is_adopted_with_its_annotation() -> None:
    obj = _obj("ConfigMap")
    name = "kubectl.kubernetes.io/last-applied-configuration"
    obj["metadata"]["annotations"] = {name: "{}"}
    entry = _entry("kubectl-client-side-apply", "Update", **{"f:data": {}})
    obj["metadata"]["managedFields"] = [entry]
    patch = clean_up(obj, MANAGER)
    assert patch[0] == {"op": "remove", "path": f"/metadata/annotations/{name.replace('/', '~1')}"}
    assert patch[1]["value"] == [{**entry, "manager": MANAGER, "operation": "Apply"}]


READY = {"type": "Ready", "status": "True"}
COMPLETE = {"type": "Complete", "status": "True"}
AVAILABLE = [
    {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
    {"type": "Available", "status": "True"},
]
LATE = [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]
COUNTS = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1)
CRASH = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}}


@pytest.mark.parametrize(
    ("kind", "api", "more", "health"),
    [
        ("ConfigMap", "v1", {}, Health.CURRENT),
        ("Thing", "a/v1", {}, Health.CURRENT),
        ("Thing", "a/v1", {"status": {"observedGeneration": 1}}, Health.IN_PROGRESS),
        ("Thing", "a/v1", {"status": {"conditions": [READY]}}, Health.CURRENT),
        (
            "Thing",
            "a/v1",
            {"status": {"conditions": [{**READY, "status": "False"}]}},
            Health.IN_PROGRESS,
        ),
        (
            "Thing",
            "a/v1",
            {"status": {"conditions": [{"type": "Stalled", "status": "True"}]}},
            Health.FAILED,
        ),
        ("Job", "batch/v1", {"status": {"startTime": "now"}}, Health.IN_PROGRESS),
        ("Job", "batch/v1", {"status": {"conditions": [COMPLETE]}}, Health.CURRENT),
        (
            "Job",
            "batch/v1",
            {"status": {"conditions": [{"type": "Failed", "status": "True"}]}},
            Health.FAILED,
        ),
        ("Service", "v1", {"spec": {"type": "LoadBalancer"}}, Health.IN_PROGRESS),
        ("Service", "v1", {"spec": {"type": "LoadBalancer", "clusterIP": "1"}}, Health.CURRENT),
        ("PersistentVolumeClaim", "v1", {"status": {"phase": "Pending"}}, Health.IN_PROGRESS),
        ("Pod", "v1", {"status": {"phase": "Failed"}}, Health.CURRENT),
        (
            "Pod",
            "v1",
            {"status": {"phase": "Running", "containerStatuses": [CRASH]}},
            Health.FAILED,
        ),
        (
            "Deployment",
            "apps/v1",
            {"spec": {"replicas": 1}, "status": {**COUNTS, "conditions": AVAILABLE}},
            Health.CURRENT,
        ),
        (
            "Deployment",
            "apps/v1",
            {"spec": {"replicas": 2}, "status": {**COUNTS, "conditions": AVAILABLE}},
            Health.IN_PROGRESS,
        ),
        ("Deployment", "apps/v1", {"status": {"conditions": LATE}}, Health.FAILED),
        ("StatefulSet", "apps/v1", {"spec": {"replicas": 1}}, Health.IN_PROGRESS),
        (
            "StatefulSet",
            "apps/v1",
            {"spec": {"updateStrategy": {"type": "OnDelete"}}},
            Health.CURRENT,
        ),
    ],
)
def test_health_is_kstatus_s(kind: str, api: str, more: dict[str, Any], health: Health) -> None:
    assert assess(_obj(kind, api, **more)) is health


def test_what_is_being_deleted_is_terminating() -> None:
    obj = _obj("ConfigMap")
    obj["metadata"]["deletionTimestamp"] = "now"
    assert assess(obj) is Health.TERMINATING

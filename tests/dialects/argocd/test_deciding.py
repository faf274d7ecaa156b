"""What Argo CD decides: a difference, an order, whether to sync by itself, what goes on record."""

from datetime import timedelta
from typing import Any

import pytest

from gitops_lab.dialects.argocd.application import automatic
from gitops_lab.dialects.argocd.application.compare import Pair
from gitops_lab.dialects.argocd.application.difference import Ignored, find
from gitops_lab.dialects.argocd.application.judge import aggregate
from gitops_lab.dialects.argocd.application.operation import Request, after_step, begun
from gitops_lab.dialects.argocd.application.record import with_conditions
from gitops_lab.dialects.argocd.application.retry import Retry
from gitops_lab.dialects.argocd.application.spec import read
from gitops_lab.dialects.argocd.application.tasks import Task, is_multi_step, ordered
from gitops_lab.dialects.argocd.application.tracking import Tracking
from gitops_lab.dialects.argocd.seams import DefaultSettings
from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.sync_spec import IgnoreRule
from gitops_lab.engine.threeway import with_last_applied
from gitops_lab.kube import ObjectKey
from tests.dialects.argocd.test_reading import application

MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "web"}}


def config_map(name: str = "a", **data: str) -> dict[str, Any]:
    return {**MAP, "metadata": {"name": name, "namespace": "web"}, "data": data}


def pair(name: str, status: str, *, target: bool = True, live: bool = True) -> Pair:
    obj = config_map(name)
    return Pair(ObjectKey.of(obj), "v1", obj if target else None, obj if live else None, status)


def decide(
    state: dict[str, Any] | None, pairs: list[Pair], **automated: bool
) -> automatic.Decision:
    obj = application(syncPolicy={"automated": automated})
    status = {"operationState": state} if state else {}
    word = "OutOfSync" if any(one.status == "OutOfSync" for one in pairs) else "Synced"
    return automatic.decide(read(obj), {**obj, "status": status}, word, pairs, ["c1"], now())


def done(revision: str = "c1", phase: str = "Succeeded", **sync: Any) -> dict[str, Any]:
    source = application()["spec"]["source"]
    return {
        "phase": phase,
        "message": "it broke",
        "finishedAt": stamp(now()),
        "operation": {"sync": {"revision": revision, **sync}},
        "syncResult": {"revision": revision, "source": source},
    }


def test_a_field_that_nobody_applied_may_stay() -> None:
    target = config_map(k="1")
    live = {**with_last_applied(target), "data": {"k": "1", "by-hand": "x"}}
    assert not find(target, live, Ignored())


def test_a_field_that_was_applied_last_and_left_git_is_a_difference() -> None:
    live = with_last_applied(config_map(k="1", old="2"))
    assert [one.field for one in find(config_map(k="1"), live, Ignored())] == ["data.old"]


def test_an_ignored_field_is_none_until_the_object_is_another() -> None:
    live = {**config_map(k="by hand", other="x")}
    rule = Ignored((IgnoreRule(kind="ConfigMap", pointers=("/data/k",)),))
    assert not find(config_map(k="1", other="x"), live, rule)
    assert find(config_map(k="1", other="y"), live, rule)


def test_a_copied_tracking_id_says_nothing() -> None:
    tracking = Tracking(DefaultSettings())
    mine = tracking.written(config_map("a"), "web", "web")
    copied = {**mine, "metadata": {**mine["metadata"], "name": "b"}}
    assert tracking.owner_of(mine) == "web"
    assert tracking.owner_of(copied) == ""


def test_the_order_is_phase_wave_kind_name_and_prunes_go_backwards() -> None:
    def task(name: str, wave: str, *, prune: bool = False) -> Task:
        obj = config_map(name)
        obj["metadata"]["annotations"] = {"argocd.argoproj.io/sync-wave": wave}
        return Task("Sync", None if prune else obj, obj)

    tasks = ordered(
        [
            task("late", "2"),
            task("early", "-1"),
            task("x", "0", prune=True),
            task("y", "5", prune=True),
        ],
        lambda task: False,
    )
    assert [(one.key.name, one.wave) for one in tasks] == [
        ("early", -1),
        ("y", 0),
        ("late", 2),
        ("x", 5),
    ]
    assert is_multi_step(tasks)
    last = ordered([task("a", "3"), task("x", "0", prune=True)], lambda task: True)
    assert [(one.key.name, one.wave) for one in last] == [("a", 3), ("x", 4)]


def test_what_only_wants_pruning_is_left_alone_without_prune() -> None:
    extra = pair("b", "OutOfSync", target=False)
    assert decide(None, [pair("a", "Synced"), extra]) == automatic.NOTHING
    assert decide(None, [pair("a", "Synced"), extra], prune=True).operation is not None


def test_a_commit_that_failed_is_not_tried_again_but_another_is() -> None:
    due = [pair("a", "OutOfSync")]
    assert decide(done(phase="Failed"), due).condition == (
        "Failed last sync attempt to [c1]: it broke"
    )
    assert decide(done("c0", "Failed"), due).operation is not None


def test_drift_is_healed_only_when_it_is_asked_for_and_more_slowly_each_time() -> None:
    due = [pair("a", "OutOfSync")]
    assert decide(done(), due) == automatic.NOTHING
    first = decide(done(), due, selfHeal=True).operation
    assert first is not None
    assert first["sync"]["autoHealAttemptsCount"] == 1
    assert first["sync"]["resources"] == [{"kind": "ConfigMap", "name": "a"}]
    again = decide(done(autoHealAttemptsCount=2), due, selfHeal=True)
    assert again.operation is None
    assert again.wait is not None
    assert 4 < again.wait <= 6


def test_an_empty_commit_does_not_wipe_out_everything() -> None:
    gone = [pair("a", "OutOfSync", target=False)]
    refused = decide(None, gone, prune=True)
    assert refused.condition.endswith("auto-sync will wipe out all resources")
    assert decide(None, gone, prune=True, allowEmpty=True).operation is not None


def test_a_failed_step_runs_again_until_its_tries_are_used_up() -> None:
    state = {**begun({"sync": {}}, now()), "phase": "Failed", "message": "no"}
    retried = after_step(state, Retry(limit=1), now(), terminating=False)
    assert (retried["phase"], retried["retryCount"]) == ("Running", 1)
    assert retried["message"].startswith("no. Retrying attempt #1 at ")
    ended = after_step(
        {**retried, "phase": "Failed", "message": "no"}, Retry(limit=1), now(), terminating=False
    )
    assert (ended["phase"], ended["message"]) == ("Failed", "no (retried 1 times).")
    assert after_step(state, Retry(limit=1), now(), terminating=True)["phase"] == "Failed"


def test_a_healing_that_is_long_ago_is_forgotten() -> None:
    old = {**done(autoHealAttemptsCount=4), "finishedAt": stamp(now() - timedelta(seconds=400))}
    assert automatic.healed(old, now()) == 0


def test_a_part_of_an_operation_selects_objects_and_skips_hooks() -> None:
    request = Request.of({"sync": {"resources": [{"kind": "ConfigMap", "name": "a"}]}})
    assert request.selects(ObjectKey("", "ConfigMap", "web", "a"))
    assert not request.selects(ObjectKey("", "ConfigMap", "web", "b"))
    assert request.skips_hooks
    assert not request.is_recorded
    assert Request.of({"sync": {"syncStrategy": {"apply": {}}}}).skips_hooks


def test_health_counts_what_has_a_rule_and_misses_only_that() -> None:
    settings = DefaultSettings()
    deployment = {**config_map("d"), "apiVersion": "apps/v1", "kind": "Deployment"}
    assert aggregate([(config_map(), None)], settings) == "Healthy"
    assert aggregate([(deployment, None)], settings) == "Missing"


def test_a_condition_keeps_its_time_while_it_says_the_same() -> None:
    old = [{"type": "SyncError", "message": "x", "lastTransitionTime": "then"}]
    assert with_conditions(old, [("SyncError", "x")], ["SyncError"], "now") == old
    other = with_conditions(old, [("SyncError", "y")], ["SyncError"], "now")
    assert other[0]["lastTransitionTime"] == "now"
    assert with_conditions(old, [], ["ComparisonError"], "now") == old


@pytest.mark.parametrize(
    ("version", "live", "same"),
    [
        ("v1", ["hold", "foregroundDeletion"], True),
        ("networking.k8s.io/v1", ["hold", "foregroundDeletion"], True),
        ("example.org/v1", ["hold", "foregroundDeletion"], False),
        ("v1", ["foregroundDeletion"], False),
    ],
)
def test_finalizers_of_others_are_no_difference_where_they_are_merged(
    version: str, live: list[str], same: bool
) -> None:
    def with_finalizers(names: list[str]) -> dict[str, Any]:
        metadata = {"name": "a", "namespace": "shop", "finalizers": names}
        return {"apiVersion": version, "kind": "Thing", "metadata": metadata}

    found = find(with_finalizers(["hold"]), with_finalizers(live), Ignored())
    assert (not found) is same

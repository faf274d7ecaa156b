"""Failure cases that learners meet, most of them from the trackers of the engines at work.

Each stands here with the link that is blamed and the sentence that is told, word for word.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gitops_lab.engine.desired import Desired
from gitops_lab.engine.errors import ApplyError, StageError
from gitops_lab.engine.explain import Explanation, Facts, explain
from gitops_lab.engine.failures import reading_failed, refused
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.status import HistoryEntry, ObjectStatus, Retry, Status, SyncStatus
from gitops_lab.engine.status_object import to_object
from gitops_lab.errors import Place
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.errors import error_of, unreachable
from tests.engine.objects import app_object

KEY = ObjectKey("apps", "Deployment", "web", "web")
NAME = "apps/Deployment/web/web"
ONE = Desired(
    KEY,
    {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}},
    b"",
    "web.yaml",
    1,
)
LIVE = Status(
    observed_generation=1,
    stage="health",
    reason="Synced",
    message="c1 is live: 1 object in sync and healthy.",
    revision="c1",
    sync=SyncStatus.SYNCED,
    health=Health(HealthStatus.HEALTHY),
    objects=(ObjectStatus(KEY, SyncStatus.SYNCED, Health(HealthStatus.HEALTHY)),),
    history=(HistoryEntry(1, "c1", "2026-01-01T00:00:00Z"),),
)


@dataclass(frozen=True)
class Case:
    """A state, and what is told of it: link, reason, message."""

    told: tuple[str, str, str]
    status: Status
    facts: Facts | None = None
    spec: tuple[tuple[str, Any], ...] = ()
    deleting: bool = False

    def explain(self) -> Explanation:
        obj = {**app_object(**dict(self.spec)), "status": to_object(self.status, {}, "now")}
        if self.deleting:
            obj["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        return explain(obj, self.facts)


def failed(stage: str, reason: str, message: str) -> Status:
    return replace(
        LIVE,
        failed=True,
        stage=stage,
        reason=reason,
        message=message,
        retry=Retry(1, "2026-01-01T00:00:09Z"),
    )


def answered(code: int, reason: str, message: str, field: str = "") -> Status:
    causes = [{"field": field}] if field else []
    body = {"code": code, "reason": reason, "message": message, "details": {"causes": causes}}
    return of_error(refused(error_of(body, code), ONE, ApplyError))


def of_error(error: StageError) -> Status:
    return failed(error.stage, error.reason, error.message)


def out_of_sync(reason: str, message: str) -> Status:
    row = ObjectStatus(KEY, SyncStatus.OUT_OF_SYNC, Health(HealthStatus.HEALTHY), message)
    return replace(
        LIVE,
        sync=SyncStatus.OUT_OF_SYNC,
        stage="plan",
        reason=reason,
        message=message,
        objects=(row,),
    )


def unwell(status: HealthStatus, message: str, key: ObjectKey = KEY) -> Status:
    health = Health(status, message)
    row = ObjectStatus(key, SyncStatus.SYNCED, health)
    return replace(LIVE, reason=str(status), health=health, objects=(row,))


def pod(state: Object, **more: Any) -> Facts:
    container = {"name": "web", "image": "web:9", "ready": False, "state": state, **more}
    found: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": "web", "name": "web-1"},
        "status": {"containerStatuses": [container]},
    }
    return Facts(pods={KEY: (found,)})


def waiting(reason: str, message: str = "") -> Object:
    return {"waiting": {"reason": reason, "message": message}}


ROLLING = unwell(HealthStatus.PROGRESSING, "1 of 2 updated")
UNSCHEDULED: Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"namespace": "web", "name": "web-1"},
    "status": {
        "conditions": [
            {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}
        ]
    },
}
REFUSED = "the cluster refused apps/Deployment/web/web: "
DENIED = 'admission webhook "tags.example.com" denied the request: no latest'
QUOTA = "exceeded quota: small, requested: pods=1"

CASES: dict[str, Callable[[], Case]] = {
    "a push that the engine has not seen": lambda: Case(
        ("commit", "PushNotSeen", "main is at c2 “Go green”, the engine has seen c1."),
        LIVE,
        Facts(head="c2", head_subject="Go green"),
    ),
    "an App that nobody has looked at": lambda: Case(
        ("revision", "NotObserved", "the engine has not looked at the App, as it now is, yet."),
        Status(),
    ),
    "an App that is suspended": lambda: Case(
        (
            "revision",
            "Suspended",
            "the App is suspended: new commits and drift are left alone.",
        ),
        LIVE,
        spec=(("suspend", True),),
    ),
    "a commit that was rolled back": lambda: Case(
        ("revision", "RolledBack", "c2 is skipped: the App was rolled back to c1."),
        replace(LIVE, skipped="c2"),
        Facts(head="c2"),
    ),
    "a branch that is not there": lambda: Case(
        (
            "revision",
            "RevisionNotFound",
            "the repository 'web' has no branch, tag or commit 'release'.",
        ),
        failed(
            "source",
            "RevisionNotFound",
            "the repository 'web' has no branch, tag or commit 'release'.",
        ),
    ),
    "an App whose field is misspelt": lambda: Case(
        ("revision", "InvalidApp", "spec.source.pth is not a field here."),
        failed("app", "InvalidApp", "spec.source.pth is not a field here."),
    ),
    "a file that is not YAML": lambda: Case(
        ("render", "InvalidYaml", "a key is not closed."),
        failed("render", "InvalidYaml", "a key is not closed."),
    ),
    "a definition that is missing (argo-cd#820)": lambda: Case(
        ("diff", "UnknownKind", "the cluster knows no kind Widget in example.org/v1."),
        failed("plan", "UnknownKind", "the cluster knows no kind Widget in example.org/v1."),
    ),
    "a cluster that does not answer": lambda: Case(
        (
            "diff",
            "ClusterUnavailable",
            "can't compare with the cluster: no answer from the Kubernetes API at "
            "https://x: refused",
        ),
        of_error(reading_failed(unreachable("https://x", "refused"))),
    ),
    "a namespace that is missing": lambda: Case(
        ("apply", "NamespaceMissing", f'{REFUSED}namespaces "web" not found'),
        answered(404, "NotFound", 'namespaces "web" not found'),
    ),
    "a namespace that is stuck in Terminating": lambda: Case(
        (
            "apply",
            "NamespaceTerminating",
            f"{REFUSED}unable to create: namespace web is being terminated",
        ),
        answered(403, "Forbidden", "unable to create: namespace web is being terminated"),
    ),
    "a right that is missing": lambda: Case(
        ("apply", "Forbidden", f"{REFUSED}user may not"),
        answered(403, "Forbidden", "user may not"),
    ),
    "a webhook that denies": lambda: Case(
        ("apply", "AdmissionDenied", f"{REFUSED}{DENIED}"), answered(400, "", DENIED)
    ),
    "a quota that is used up": lambda: Case(
        ("apply", "QuotaExceeded", f"{REFUSED}{QUOTA}"), answered(403, "Forbidden", QUOTA)
    ),
    "a field that can't be changed": lambda: Case(
        ("apply", "ImmutableField", f"{REFUSED}spec.selector: field is immutable"),
        answered(422, "Invalid", "spec.selector: field is immutable", "spec.selector"),
    ),
    "a value that is not valid": lambda: Case(
        ("apply", "InvalidObject", f"{REFUSED}spec.replicas: Invalid value: -1"),
        answered(422, "Invalid", "spec.replicas: Invalid value: -1", "spec.replicas"),
    ),
    "a field that another manager owns": lambda: Case(
        ("apply", "FieldConflict", f"{REFUSED}Apply failed with 1 conflict"),
        answered(409, "Conflict", "Apply failed with 1 conflict", ".spec.replicas"),
    ),
    "a server that is asked too much": lambda: Case(
        ("apply", "ClusterUnavailable", f"{REFUSED}slow down"),
        answered(429, "TooManyRequests", "slow down"),
    ),
    "a hook that failed": lambda: Case(
        (
            "apply",
            "HookFailed",
            "the pre-sync hook batch/Job/web/migrate failed: it ended with exit code 1.",
        ),
        failed(
            "apply",
            "HookFailed",
            "the pre-sync hook batch/Job/web/migrate failed: it ended with exit code 1.",
        ),
    ),
    "a wave that does not get healthy (argo-cd#14666)": lambda: Case(
        (
            "apply",
            "WaveTimeout",
            "wave 0 is not healthy after 300 s: batch/Job/web/x is Progressing.",
        ),
        failed(
            "apply",
            "WaveTimeout",
            "wave 0 is not healthy after 300 s: batch/Job/web/x is Progressing.",
        ),
    ),
    "an App that waits for another (argo-cd#7978)": lambda: Case(
        ("apply", "WaitingForDependency", "c2 waits for gitops/db, which is Progressing."),
        out_of_sync("WaitingForDependency", "c2 waits for gitops/db, which is Progressing."),
    ),
    "Apps that wait for each other": lambda: Case(
        (
            "revision",
            "DependencyCycle",
            "the Apps wait for each other in a circle: a/x -> a/y -> a/x.",
        ),
        failed(
            "app",
            "DependencyCycle",
            "the Apps wait for each other in a circle: a/x -> a/y -> a/x.",
        ),
    ),
    "a sync that is going on": lambda: Case(
        ("apply", "Syncing", "writing c2: 3 to create. Now: wave 1."),
        replace(LIVE, reason="Syncing", message="writing c2: 3 to create. Now: wave 1."),
    ),
    "a change by hand that is not healed (argo-cd#5620)": lambda: Case(
        (
            "diff",
            "Drifted",
            f"{NAME}: spec.replicas is 5, Git says 3, changed by kubectl-scale (Update).",
        ),
        out_of_sync(
            "Drifted",
            f"{NAME}: spec.replicas is 5, Git says 3, changed by kubectl-scale (Update).",
        ),
    ),
    "two that want the same field": lambda: Case(
        ("diff", "Fight", f"{NAME} was changed again after 5 healings in a row."),
        out_of_sync("Fight", f"{NAME} was changed again after 5 healings in a row."),
    ),
    "a commit that waits for a hand": lambda: Case(
        ("apply", "WaitingForSync", f"{NAME}: not in the cluster."),
        out_of_sync("WaitingForSync", f"{NAME}: not in the cluster."),
    ),
    "what left Git and is not pruned": lambda: Case(
        ("apply", "PruneDisabled", f"{NAME}: no longer in Git, prune is off."),
        out_of_sync("PruneDisabled", f"{NAME}: no longer in Git, prune is off."),
    ),
    "a deletion that nobody has agreed to": lambda: Case(
        ("apply", "PruneUnapproved", f"{NAME}: no longer in Git, and asks for a yes."),
        out_of_sync("PruneUnapproved", f"{NAME}: no longer in Git, and asks for a yes."),
    ),
    "an image that is not there": lambda: Case(
        (
            "health",
            "ImagePullFailed",
            f"{NAME}: the image web:9 of container web can't be pulled (ImagePullBackOff).",
        ),
        ROLLING,
        pod(waiting("ImagePullBackOff")),
    ),
    "a container that crashes": lambda: Case(
        (
            "health",
            "CrashLoop",
            f"{NAME}: container web of pod web-1 ends again and again: exit code 3, 4 restarts.",
        ),
        ROLLING,
        pod(
            waiting("CrashLoopBackOff"),
            restartCount=4,
            lastState={"terminated": {"exitCode": 3}},
        ),
    ),
    "a container that wants too much memory": lambda: Case(
        (
            "health",
            "CrashLoop",
            f"{NAME}: container web of pod web-1 ends again and again: killed for using more "
            "memory than its limit, 2 restarts.",
        ),
        ROLLING,
        pod(
            waiting("CrashLoopBackOff"),
            restartCount=2,
            lastState={"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
        ),
    ),
    "a Secret that a container needs": lambda: Case(
        (
            "health",
            "CreateContainerConfigError",
            f'{NAME}: container web can\'t start: secret "db" not found',
        ),
        ROLLING,
        pod(waiting("CreateContainerConfigError", 'secret "db" not found')),
    ),
    "a pod that is never ready": lambda: Case(
        (
            "health",
            "NotReady",
            f"{NAME}: container web of pod web-1 runs, but its readiness probe does not succeed.",
        ),
        ROLLING,
        pod({"running": {}}),
    ),
    "a pod that finds no node": lambda: Case(
        (
            "health",
            "Unschedulable",
            f"{NAME}: pod web-1 finds no node: 0/1 nodes are available",
        ),
        ROLLING,
        Facts(pods={KEY: (UNSCHEDULED,)}),
    ),
    "an object that somebody deleted": lambda: Case(
        ("health", "Missing", f"{NAME} is Missing: not in the cluster"),
        unwell(HealthStatus.MISSING, "not in the cluster"),
    ),
    "a cause that can't be known": lambda: Case(
        ("health", "Progressing", f"{NAME} is Progressing: no more is known"),
        unwell(HealthStatus.PROGRESSING, ""),
    ),
    "an App that is going": lambda: Case(
        ("apply", "Deleting", "the App is being deleted, and with it its 0 objects."),
        LIVE,
        deleting=True,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_sentence_for(name: str) -> None:
    case = CASES[name]()

    found = case.explain()

    assert (str(found.link), found.reason, found.message) == case.told
    assert found.next, "there is always a next step"
    if case.status.retry:
        assert found.retry == case.status.retry.next_at


def test_there_are_thirty_and_each_is_told_otherwise() -> None:
    sentences = {CASES[name]().explain().message for name in CASES}

    assert len(sentences) == len(CASES) >= 30


def test_an_object_of_a_place_is_pointed_to() -> None:
    facts = replace(pod(waiting("ErrImagePull")), places={KEY: Place("web.yaml", 1)})

    found = Case(("", "", ""), ROLLING, facts).explain()

    assert (found.file, found.object) == ("web.yaml", NAME)

"""The sentence that a learner gets, for each way in which the chain can break."""

from dataclasses import replace

import pytest

from gitops_lab.engine.explain import Explanation, Facts, Link, explain
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.inventory import Entry
from gitops_lab.engine.status import HistoryEntry, ObjectStatus, Retry, Status, SyncStatus
from gitops_lab.engine.status_object import to_object
from gitops_lab.errors import Place
from gitops_lab.kube import Object, ObjectKey
from tests.engine.objects import app_object

KEY = ObjectKey("apps", "Deployment", "web", "web")
HEALTHY = Health(HealthStatus.HEALTHY)
FINE = Status(
    observed_generation=1,
    stage="health",
    reason="Synced",
    message="c1 is live: 1 object in sync and healthy.",
    revision="c1",
    sync=SyncStatus.SYNCED,
    health=HEALTHY,
    objects=(ObjectStatus(KEY, SyncStatus.SYNCED, HEALTHY),),
    inventory=(Entry(KEY, "v1"),),
    history=(HistoryEntry(1, "c1", "2026-01-01T00:00:00Z"),),
)


def of(status: Status, facts: Facts | None = None, **spec: object) -> Explanation:
    obj = {**app_object(**spec), "status": to_object(status, {}, "now")}
    return explain(obj, facts)


def unwell(health: Health) -> Status:
    row = ObjectStatus(KEY, SyncStatus.SYNCED, health)
    return replace(FINE, reason=str(health.status), health=health, objects=(row,))


def pod(state: Object, **status: object) -> Object:
    container = {"name": "web", "image": "web:9", "state": state, "ready": False, **status}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": "web", "name": "web-1"},
        "status": {"containerStatuses": [container]},
    }


def test_all_is_well() -> None:
    explanation = of(FINE, Facts(head="c1"))

    assert explanation.fine
    assert explanation.link == ""
    assert explanation.message == "c1 is live: 1 object in sync and healthy."


def test_the_json_has_the_keys_that_others_rely_on() -> None:
    keys = set(of(FINE).to_json())

    assert {"app", "link", "file", "line", "object", "field", "reason", "next"} <= keys


def test_the_engine_has_not_looked_yet() -> None:
    assert of(Status()).reason == "NotObserved"
    assert of(replace(FINE, observed_generation=0)).link == Link.REVISION


def test_a_push_that_was_not_seen() -> None:
    explanation = of(FINE, Facts(head="c2", head_subject="Go green"))

    assert (explanation.link, explanation.reason) == ("commit", "PushNotSeen")
    assert "main is at c2 “Go green”, the engine has seen c1." in explanation.message


def test_a_suspended_app() -> None:
    explanation = of(FINE, suspend=True)

    assert (explanation.link, explanation.field) == ("revision", "spec.suspend")
    assert "resume" in explanation.next


@pytest.mark.parametrize(
    ("stage", "link"),
    [
        ("app", "revision"),
        ("source", "revision"),
        ("render", "render"),
        ("plan", "diff"),
        ("apply", "apply"),
    ],
)
def test_a_failed_stage_is_its_link_with_place_and_retry(stage: str, link: str) -> None:
    place = Place("deploy/web.yaml", 7, str(KEY), "spec.replicas")
    status = replace(
        FINE,
        failed=True,
        stage=stage,
        reason="SomeReason",
        message="it broke.",
        hint="mend it.",
        place=place,
        retry=Retry(2, "2026-01-01T00:00:04Z"),
    )

    explanation = of(status)

    assert explanation.link == link
    assert (explanation.file, explanation.line) == ("deploy/web.yaml", 7)
    assert (explanation.object, explanation.field) == (str(KEY), "spec.replicas")
    assert (explanation.message, explanation.next) == ("it broke.", "mend it.")
    assert explanation.retry == "2026-01-01T00:00:04Z"


def test_a_sync_that_failed_half_way_names_the_other_objects_and_what_is_still_live() -> None:
    rows = (
        ObjectStatus(KEY, SyncStatus.OUT_OF_SYNC, HEALTHY, "refused: bad", "failed"),
        ObjectStatus(KEY._replace(name="b"), SyncStatus.OUT_OF_SYNC, None, "", "not tried"),
    )
    status = replace(FINE, failed=True, stage="apply", message="x", revision="c2", objects=rows)

    assert of(status).evidence == (
        "apps/Deployment/web/web: refused: bad",
        "apps/Deployment/web/b: not tried",
        "c1 is still live, c2 is not.",
    )


@pytest.mark.parametrize(
    ("reason", "link"),
    [("Drifted", "diff"), ("WaitingForSync", "apply"), ("PruneDisabled", "apply")],
)
def test_out_of_sync_names_object_field_and_values(reason: str, link: str) -> None:
    message = "spec.replicas is 5, Git says 3, changed by kubectl-scale (Update)"
    status = replace(
        FINE,
        sync=SyncStatus.OUT_OF_SYNC,
        reason=reason,
        message=message,
        place=Place("", 0, str(KEY), "spec.replicas"),
        objects=(ObjectStatus(KEY, SyncStatus.OUT_OF_SYNC, HEALTHY, message),),
    )

    explanation = of(status)

    assert (explanation.link, explanation.field) == (link, "spec.replicas")
    assert explanation.evidence == (f"{KEY}: {message}",)


@pytest.mark.parametrize(
    ("state", "extra", "reason", "field"),
    [
        (
            {"waiting": {"reason": "ImagePullBackOff"}},
            {},
            "ImagePullFailed",
            "spec.template.spec.containers[name=web].image",
        ),
        (
            {"waiting": {"reason": "CrashLoopBackOff"}},
            {"restartCount": 4, "lastState": {"terminated": {"exitCode": 3}}},
            "CrashLoop",
            "spec.template.spec.containers[name=web]",
        ),
        (
            {"waiting": {"reason": "CreateContainerConfigError", "message": "no key x"}},
            {},
            "CreateContainerConfigError",
            "spec.template.spec.containers[name=web]",
        ),
        (
            {"running": {}},
            {},
            "NotReady",
            "spec.template.spec.containers[name=web].readinessProbe",
        ),
    ],
)
def test_an_unwell_workload_is_explained_by_its_pods(
    state: Object, extra: Object, reason: str, field: str
) -> None:
    facts = Facts(places={KEY: Place("deploy/web.yaml", 1)}, pods={KEY: (pod(state, **extra),)})

    explanation = of(unwell(Health(HealthStatus.PROGRESSING, "0 of 1 updated")), facts)

    assert (explanation.link, explanation.reason, explanation.field) == ("health", reason, field)
    assert explanation.file == "deploy/web.yaml"
    assert explanation.object == str(KEY)
    assert explanation.evidence[0] == f"{KEY} is Progressing: 0 of 1 updated"


def test_a_crash_says_how_it_ended() -> None:
    state = {"waiting": {"reason": "CrashLoopBackOff"}}
    crashed = pod(state, restartCount=4, lastState={"terminated": {"exitCode": 3}})

    explanation = of(unwell(Health(HealthStatus.PROGRESSING)), Facts(pods={KEY: (crashed,)}))

    assert "exit code 3, 4 restarts" in explanation.message
    assert "--previous" in explanation.next


def test_a_rollout_past_its_deadline() -> None:
    condition = {
        "type": "Progressing",
        "status": "False",
        "reason": "ProgressDeadlineExceeded",
        "message": "timed out",
    }
    facts = Facts(live={KEY: {"status": {"conditions": [condition]}}})

    explanation = of(unwell(Health(HealthStatus.DEGRADED, "deadline")), facts)

    assert explanation.reason == "ProgressDeadlineExceeded"
    assert explanation.evidence == ("Progressing is False: timed out",)


def test_without_facts_it_says_what_is_known_and_guesses_nothing() -> None:
    explanation = of(unwell(Health(HealthStatus.DEGRADED, "no pods")))

    assert explanation.message == f"{KEY} is Degraded: no pods"
    assert explanation.reason == "Degraded"


def test_an_app_that_is_being_deleted() -> None:
    obj = {**app_object(), "status": to_object(FINE, {}, "now")}
    obj["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert explain(obj).reason == "Deleting"

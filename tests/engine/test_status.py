from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.inventory import Entry
from gitops_lab.engine.status import (
    HistoryEntry,
    LastSync,
    ObjectStatus,
    Retry,
    Status,
    SyncStatus,
)
from gitops_lab.engine.status_object import MAX_ROWS, changed, from_object, to_object
from gitops_lab.errors import Place
from gitops_lab.kube import ObjectKey

KEY = ObjectKey("apps", "Deployment", "web", "web")
STATUS = Status(
    observed_generation=3,
    stage="apply",
    reason="InvalidObject",
    message="no",
    hint="yes",
    place=Place("deploy/web.yaml", 7, str(KEY), "spec.replicas"),
    revision="c2",
    sync=SyncStatus.OUT_OF_SYNC,
    health=Health(HealthStatus.HEALTHY),
    objects=(
        ObjectStatus(KEY, SyncStatus.OUT_OF_SYNC, Health(HealthStatus.HEALTHY), "x", "failed"),
    ),
    inventory=(Entry(KEY, "v1"),),
    history=(HistoryEntry(1, "c1", "2026-01-01T00:00:00Z", "first", "Ada"),),
    last_sync=LastSync("c2", "2026-01-01T00:00:00Z", "", "Failed", "commit", "no", "ab"),
    retry=Retry(2, "2026-01-01T00:00:04Z"),
    failed=True,
    handled_sync="1",
    handled_refresh="2",
)


def test_a_status_survives_the_way_to_an_object_and_back() -> None:
    assert from_object(to_object(STATUS, {}, "now")) == STATUS
    assert from_object(to_object(Status(), {}, "now")) == Status()
    assert from_object(None) == Status()


def test_an_unchanged_status_is_not_written() -> None:
    before = to_object(STATUS, {}, "then")

    assert changed(before, to_object(STATUS, before, "now")) == {}


def test_only_what_changed_is_written_and_what_went_is_nulled() -> None:
    before = to_object(STATUS, {}, "then")
    after = to_object(
        Status(**{**vars(STATUS), "retry": None, "place": Place("deploy/web.yaml")}), before, "now"
    )

    assert changed(before, after) == {
        "retry": None,
        "place": {"file": "deploy/web.yaml", "line": None, "object": None, "field": None},
    }


def test_conditions_keep_their_time_while_their_status_holds() -> None:
    before = to_object(STATUS, {}, "then")
    after = to_object(Status(**{**vars(STATUS), "message": "still no"}), before, "now")

    ready = next(c for c in after["conditions"] if c["type"] == "Ready")
    assert ready["lastTransitionTime"] == "then"
    assert ready["message"] == "still no"
    assert ready["status"] == "False"


def test_of_many_objects_those_that_are_not_fine_are_shown() -> None:
    fine = Health(HealthStatus.HEALTHY)
    rows = [
        ObjectStatus(ObjectKey("", "ConfigMap", "a", f"c{n}"), SyncStatus.SYNCED, fine)
        for n in range(MAX_ROWS + 10)
    ]
    rows.append(ObjectStatus(KEY, SyncStatus.OUT_OF_SYNC, fine))

    content = to_object(Status(objects=tuple(rows)), {}, "now")

    assert len(content["objects"]) == MAX_ROWS
    assert content["objects"][0]["kind"] == "Deployment"
    assert content["summary"]["objects"] == MAX_ROWS + 11


def test_objects_that_are_left_out_of_a_long_status_are_read_as_fine() -> None:
    keys = [ObjectKey("", "ConfigMap", "a", f"c{n}") for n in range(MAX_ROWS + 10)]
    status = Status(
        objects=tuple(ObjectStatus(key, SyncStatus.SYNCED) for key in keys),
        inventory=tuple(Entry(key, "v1") for key in keys),
    )

    read = from_object(to_object(status, {}, "now"))

    assert {row.key for row in read.objects} == set(keys)
    assert {row.sync for row in read.objects} == {SyncStatus.SYNCED}

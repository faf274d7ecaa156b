"""What is taken out of both sides of a comparison, and what is not."""

from tests.dialects.runner.moments import HEALTH, SET, lasting_events, lasting_objects


def test_a_health_that_comes_and_goes_is_not_compared_and_a_lasting_one_is():
    passing = [f"{HEALTH}Healthy -> Progressing", f"{HEALTH}Progressing -> Healthy", "Other"]
    assert lasting_events({"Application/a": passing}, {}) == {"Application/a": ["Other"]}
    through = [f"{HEALTH}Missing -> Progressing", f"{HEALTH}Progressing -> Degraded"]
    assert lasting_events({"a": through}, {}) == {"a": [f"{HEALTH}Missing -> Degraded"]}
    staying = [f"{HEALTH}Missing -> Progressing"]
    assert lasting_events({"a": staying}, {}) == {"a": staying}


def test_a_health_that_has_gone_again_is_not_compared_though_its_end_was_told_before():
    into = [f"{HEALTH}Healthy -> Progressing"]
    ends = {"a": {"status": {"health": {"status": "Healthy"}}}}
    assert lasting_events({"a": into}, ends) == {}
    lasts = {"a": {"status": {"health": {"status": "Progressing"}}}}
    assert lasting_events({"a": into}, lasts) == {"a": into}


def test_an_application_about_which_nothing_lasting_was_said_is_left_out():
    passing = [f"{HEALTH}Healthy -> Progressing", f"{HEALTH}Progressing -> Healthy"]
    assert lasting_events({"a": passing}, {}) == {}


def test_an_object_that_went_while_its_deletion_was_asked_for_is_no_failure():
    said = "Warning StatusRefreshed: Unable to delete application resources:"
    gone, real = f'{said} pods "a" not found', f"{said} the cluster does not answer"
    assert lasting_events({"a": [gone, real]}, {}) == {"a": [real]}


def synced(commit, number, by=SET):
    return {"revision": commit, "id": number, "initiatedBy": {"username": by}}


def history(*entries):
    return lasting_objects({"a": {"status": {"history": list(entries)}}})["a"]["status"]["history"]


def test_a_rollout_s_second_sync_of_a_commit_in_a_row_counts_once():
    assert history(synced("x", 0), synced("x", 1), synced("y", 2)) == [
        synced("x", 0),
        synced("y", 1),
    ]
    assert len(history(synced("x", 0), synced("y", 1), synced("x", 2))) == 3


def test_a_second_sync_that_somebody_asked_for_is_compared():
    twice = [synced("x", 0, "me"), synced("x", 1, "me")]
    assert history(*twice) == twice


def state(by, message):
    rows = [{"name": "a", "message": message}]
    operation = {"initiatedBy": {"username": by}}
    return {"a": {"status": {"operationState": {
        "operation": operation, "syncResult": {"resources": rows}}}}}  # fmt: skip


def test_what_a_rollout_s_sync_did_to_an_object_counts_as_applied():
    assert lasting_objects(state(SET, "configmap/a created")) == lasting_objects(
        state(SET, "configmap/a unchanged")
    )
    assert lasting_objects(state(SET, "no such kind")) == state(SET, "no such kind")
    assert lasting_objects(state("me", "pod/a created")) == state("me", "pod/a created")


def test_which_of_two_messages_says_how_far_an_application_is_is_not_compared():
    def rows(*messages):
        said = [{"application": "a", "message": one} for one in messages]
        return lasting_objects({"s": {"status": {"applicationStatus": said}}})

    new = "No Application status found, defaulting status to Waiting."
    assert rows(new) == rows("Application has pending changes, setting status to Waiting.")
    assert rows(new) != rows("Application resource became Healthy")
    rest = ", updating status from Pending to Progressing."
    ran = rows(f"Application resource became Progressing{rest}")
    assert ran == rows(f"Application resource completed a sync successfully{rest}")
    assert ran != rows(new)


def test_an_object_that_is_not_there_stays_so():
    assert lasting_objects({"ConfigMap/a": None, "Pod/b": {"data": {}}}) == {
        "ConfigMap/a": None,
        "Pod/b": {"data": {}},
    }


def test_that_a_chart_has_nothing_new_is_not_compared_and_that_a_source_has_is():
    lines = ["Normal ArtifactUpToDate: up-to-date", "Normal ChartPackageSucceeded: packaged"]
    assert lasting_events({"HelmChart/a": lines}, {}) == {"HelmChart/a": lines[1:]}
    assert lasting_events({"OCIRepository/a": lines}, {}) == {"OCIRepository/a": lines}


def test_failures_are_counted_where_a_release_has_given_up():
    tries = {"failures": 3, "conditions": [{"type": "Ready"}]}
    assert lasting_objects({"a": {"status": tries}})["a"]["status"]["failures"] == "<some>"
    ended = {"failures": 3, "conditions": [{"type": "Ready"}, {"type": "Stalled"}]}
    assert lasting_objects({"a": {"status": ended}})["a"]["status"]["failures"] == 3

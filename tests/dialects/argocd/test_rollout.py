"""RollingSync, step by step: pure."""

import pytest

from gitops_lab.dialects.argocd.sets.rollout import (
    Rollout,
    backwards,
    is_backwards,
    is_rolling,
    steps_of,
)
from gitops_lab.dialects.argocd.sets.status import unsupported

NOW = "2026-01-01T00:00:10Z"
DEV = {"matchExpressions": [{"key": "env", "operator": "In", "values": ["dev"]}]}
PROD = {"matchExpressions": [{"key": "env", "operator": "In", "values": ["prod"]}]}


def app(name, env, **status):
    spec = {"syncPolicy": {"automated": {"prune": True}, "syncOptions": ["Validate=false"]}}
    return {"metadata": {"name": name, "labels": {"env": env}}, "spec": spec, "status": status}


def out(name, env):
    return app(name, env, sync={"status": "OutOfSync"}, health={"status": "Healthy"})


def well(name, env):
    done = {"phase": "Succeeded"}
    return app(
        name, env, sync={"status": "Synced"}, health={"status": "Healthy"}, operationState=done
    )


def rollout(*live, steps=(DEV, PROD)):
    return Rollout(steps, live, live, NOW)


def states(found):
    return {row["application"]: row["status"] for row in found}


def test_only_the_first_step_begins():
    found = rollout(out("one", "dev"), out("two", "prod")).rows(())
    assert states(found) == {"one": "Pending", "two": "Waiting"}
    assert [row["step"] for row in found] == ["1", "2"]


def test_the_next_step_begins_when_the_one_before_is_healthy():
    first = rollout(out("one", "dev"), out("two", "prod"))
    second = rollout(well("one", "dev"), out("two", "prod"))
    found = second.rows(first.rows(()))
    assert states(found) == {"one": "Healthy", "two": "Pending"}


def test_what_was_begun_is_progressing_until_it_is_healthy():
    running = app(
        "one",
        "dev",
        sync={"status": "Synced"},
        health={"status": "Progressing"},
        operationState={"phase": "Succeeded"},
    )
    begun = rollout(out("one", "dev"), out("two", "prod")).rows(())
    found = rollout(running, out("two", "prod")).rows(begun)
    assert states(found) == {"one": "Progressing", "two": "Waiting"}
    done = rollout({**running, "status": {**running["status"], "health": {"status": "Healthy"}}})
    assert states(done.rows(found)) == {"one": "Healthy"}


def test_an_application_of_no_step_waits_and_its_step_is_none():
    (row,) = rollout(out("six", "other")).rows(())
    assert (row["status"], row["step"]) == ("Waiting", "-1")


@pytest.mark.parametrize(
    ("most", "begun"), [(None, 3), (2, 2), (0, 0), ("50%", 1), ("1%", 1), ("0%", 0), ("100%", 3)]
)
def test_a_step_syncs_as_many_at_a_time_as_it_allows(most, begun):
    step = {**DEV, "maxUpdate": most} if most is not None else DEV
    live = [out(name, "dev") for name in ("a", "b", "c")]
    found = states(rollout(*live, steps=(step,)).rows(()))
    assert list(found.values()).count("Pending") == begun


def test_labels_choose_the_step():
    others = {"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["dev"]}]}
    live = [out("a", "dev"), out("b", "prod")]
    assert [row["step"] for row in rollout(*live, steps=(others,)).rows(())] == ["-1", "1"]
    wrong = {"matchExpressions": [{"key": "env", "operator": "Exists", "values": ["dev"]}]}
    assert [row["step"] for row in rollout(*live, steps=(wrong,)).rows(())] == ["-1", "-1"]


def test_whose_turn_it_is_gets_an_operation_and_nobody_is_automated():
    state = rollout(out("one", "dev"), out("two", "prod"))
    one, two = state.ordered(state.wanted, state.rows(()))
    assert one["operation"]["sync"] == {"prune": True, "syncOptions": ["Validate=false"]}
    assert one["operation"]["initiatedBy"]["username"] == "applicationset-controller"
    assert "operation" not in two
    assert "automated" not in one["spec"]["syncPolicy"] | two["spec"]["syncPolicy"]


def synced_late(revision):
    """Out of sync as of the last look, and synced to a commit in the same second."""
    found = out("one", "dev")
    result = {"revision": revision}
    found["status"] |= {
        "reconciledAt": NOW,
        "operationState": {
            "phase": "Succeeded",
            "startedAt": NOW,
            "finishedAt": NOW,
            "syncResult": result,
        },
    }
    found["status"]["sync"]["revision"] = "new"
    return found


@pytest.mark.parametrize(("synced", "again"), [("new", False), ("old", True)])
def test_what_was_synced_and_is_not_compared_yet_is_synced_again_only_for_another_commit(
    synced, again
):
    live = synced_late(synced)
    before = [{"application": "one", "status": "Pending", "step": "1", "lastTransitionTime": NOW}]
    state = rollout(live)
    rows = [{**row, "targetRevisions": ["new"]} for row in before]
    (found,) = state.ordered([live], rows)
    assert ("operation" in found) is again


def test_a_rollout_tells_at_which_step_it_is():
    state = rollout(out("one", "dev"), out("two", "prod"))
    status, _, message = state.condition(state.rows(()))
    assert (status, message) == ("True", "ApplicationSet is performing rollout of step 1")
    done = rollout(well("one", "dev"), well("two", "prod"))
    assert done.condition(done.rows(()))[0] == "False"


def test_a_strategy_that_is_off_is_named():
    spec = {"strategy": {"type": "RollingSync", "rollingSync": {"steps": [DEV]}}}
    assert is_rolling(spec)
    assert steps_of(spec) == [DEV]
    assert "progressive.syncs" in unsupported(spec, progressive=False)
    assert unsupported(spec, progressive=True) == ""
    aside = {"strategy": {**spec["strategy"], "deletionOrder": "Sideways"}}
    assert "Sideways" in unsupported(aside, progressive=True)


def test_a_set_that_goes_may_delete_the_last_step_first():
    spec = {"strategy": {"type": "RollingSync", "rollingSync": {"steps": [DEV, PROD]}}}
    assert not is_backwards(spec)
    assert is_backwards({"strategy": {**spec["strategy"], "deletionOrder": "reverse"}})
    assert unsupported({"strategy": {"deletionOrder": "Reverse"}}, progressive=True) == ""
    live = [out("a", "dev"), out("b", "prod"), out("c", "dev"), out("d", "other")]
    assert backwards([DEV, PROD], live) == ["b", "a", "c"]

from gitops_lab.engine.desired import Desired, digest_of
from gitops_lab.engine.diff import unified
from gitops_lab.engine.plan import Action, Change
from gitops_lab.kube import Object, ObjectKey
from tests.engine.objects import config_map


def change(action: Action, live: Object | None, after: Object | None) -> Change:
    some = after or live
    assert some is not None
    desired = Desired(ObjectKey.of(some), some, digest_of(some)) if after else None
    return Change(ObjectKey.of(some), action, "v1", desired=desired, live=live, after=after)


def test_a_diff_shows_what_changes_and_not_what_the_server_writes() -> None:
    live = config_map("x", {"a": "1", "b": "2"})
    live["metadata"]["resourceVersion"] = "7"
    after = config_map("x", {"a": "3", "b": "2"})
    after["metadata"]["resourceVersion"] = "8"

    assert unified(change(Action.UPDATE, live, after)) == (
        "--- live/ConfigMap/x\n"
        "+++ git/ConfigMap/x\n"
        "@@ -3,5 +3,5 @@\n"
        " metadata:\n"
        "   name: x\n"
        " data:\n"
        "-  a: '1'\n"
        "+  a: '3'\n"
        "   b: '2'\n"
    )


def test_a_new_object_is_all_plus_and_a_pruned_one_all_minus() -> None:
    obj = config_map("x", {"a": "1"})

    added = unified(change(Action.CREATE, None, obj)).splitlines()[3:]
    removed = unified(change(Action.PRUNE, obj, None)).splitlines()[3:]

    assert all(line.startswith("+") for line in added)
    assert all(line.startswith("-") for line in removed)


def test_secrets_are_masked_but_a_change_is_seen() -> None:
    live = {**config_map("s", {"a": "b2xk", "b": "c2FtZQ=="}), "kind": "Secret"}
    after = {**config_map("s", {"a": "bmV3", "b": "c2FtZQ=="}), "kind": "Secret"}

    text = unified(change(Action.UPDATE, live, after))

    assert "-  a: '*** (before)'" in text
    assert "+  a: '*** (after)'" in text
    assert "   b: '***'" in text
    assert not any(secret in text for secret in ("b2xk", "bmV3", "c2FtZQ"))


def test_nothing_changes_nothing_shows() -> None:
    obj = config_map("x", {"a": "1"})

    assert unified(change(Action.UNCHANGED, obj, None)) == ""

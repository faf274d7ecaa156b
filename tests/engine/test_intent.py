from dataclasses import replace

import pytest

from gitops_lab.engine.intent import intend
from gitops_lab.engine.status import LastSync, Status
from tests.engine.objects import make_app

DONE = Status(last_sync=LastSync("c1", "", result="Succeeded", content="x"))
AUTO = {"automated": True}


@pytest.mark.parametrize(
    ("policy", "previous", "revision", "expected"),
    [
        ({}, Status(), "c1", (False, "compare")),
        (AUTO, Status(), "c1", (True, "commit")),
        (AUTO, DONE, "c2", (True, "commit")),
        (AUTO, DONE, "c1", (False, "drift")),
        ({**AUTO, "selfHeal": True}, DONE, "c1", (True, "drift")),
        ({"selfHeal": True}, DONE, "c1", (False, "compare")),
        (
            AUTO,
            replace(DONE, last_sync=LastSync("c1", "", result="Failed", content="x")),
            "c1",
            (True, "retry"),
        ),
    ],
)
def test_the_policy_decides(
    policy: dict[str, bool], previous: Status, revision: str, expected: tuple[bool, str]
) -> None:
    intent = intend(make_app(syncPolicy=policy), previous, revision, "x")

    assert (intent.apply, intent.trigger) == expected


def test_other_content_of_the_same_commit_is_written() -> None:
    assert intend(make_app(syncPolicy=AUTO), DONE, "c1", "y").apply


def test_a_manual_request_syncs_once() -> None:
    app = replace(make_app(), sync_requested="1")

    assert intend(app, Status(), "c1", "x").trigger == "manual"
    assert not intend(app, Status(handled_sync="1"), "c1", "x").apply


def test_a_manual_sync_that_failed_is_tried_again_until_its_content_is_another() -> None:
    failed = Status(last_sync=LastSync("c1", "", result="Failed", trigger="manual", content="x"))

    assert intend(make_app(), failed, "c1", "x").apply
    assert not intend(make_app(), failed, "c2", "y").apply


def test_a_request_to_refresh_writes_nothing() -> None:
    app = replace(make_app(syncPolicy=AUTO), refresh_requested="1")

    intent = intend(app, Status(), "c1", "x")

    assert not intent.apply
    assert not intent.prune

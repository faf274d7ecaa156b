"""`status --watch`: the chain as it happens, to people and to programs."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.cli.follow import line_of
from tests.cli.driver import CommandLine
from tests.cli.stage import as_a_terminal_does
from tests.cli.test_webhook import LAB


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path)
    yield made
    made.down()


def test_each_step_of_a_push_is_said_until_ctrl_c(line: CommandLine) -> None:
    line.fine("start", LAB, "--yes")
    command = [sys.executable, "-m", "gitops_lab.cli", "status", "-w", "--json"]
    with subprocess.Popen(
        command,
        cwd=line.place,
        env=line.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=as_a_terminal_does,
    ) as watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        while "Watching" not in watching.stderr.readline():
            continue
        line.fine("app", "sync", "notes")
        seen = []
        while not seen or seen[-1]["stage"] != "health":
            text = watching.stdout.readline()
            assert text, "the watch has ended"
            if "stage" in (event := json.loads(text)):
                seen.append(event)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == 0

    reasons = [event["reason"] for event in seen]
    steps = ["Resolved", "Fetched", "Rendered", "Planned"]
    assert [reason for reason in reasons if reason in steps] == steps
    assert all(event["app"] == "gitops/notes" for event in seen)
    assert all("seconds" in event["data"] for event in seen if event["reason"] in steps)


def test_without_an_engine_it_says_what_is_missing(line: CommandLine) -> None:
    line.fine("start", LAB, "--yes")
    line.fine("stop")

    ran = line("status", "--watch")

    assert ran.code != 0
    assert "gitops-lab start" in ran.err


def test_a_line_has_time_app_stage_and_sizes() -> None:
    event = {
        "app": "gitops/shop",
        "stage": "render",
        "reason": "Rendered",
        "message": "",
        "at": 0.0,
        "data": {"objects": 4, "seconds": 0.0123, "digest": "abc"},
    }

    assert line_of(event)[8:] == "  gitops/shop  render  Rendered   4 objects, 12 ms"

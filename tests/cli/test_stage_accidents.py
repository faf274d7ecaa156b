"""What goes wrong on a stage, and how the show goes on: by the recording, and then for real."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.driver import CommandLine
from tests.cli.stage import COLOURS, Stage

LAB = str(Path(__file__).resolve().parents[1] / "course_mini" / "01-commit")

Present = Callable[..., Stage]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path)
    yield made
    made.down()


def test_a_broken_show_goes_on_from_the_recording_and_comes_back(
    line: CommandLine, present: Present
) -> None:
    told = line.fine("demo", LAB, "--yes", "--rehearse", "--typing", "0").out
    assert "Recorded:" in told
    assert line.fine("list").code == 0
    assert (line.home / "recordings" / "commit.cast").exists()

    stage = present(LAB)
    stage.waits_for("[1/")
    stage.press("  ")
    stage.waits_for("[2/")
    line.fine("stop", "--workspace", "demo-commit")  # the accident
    stage.press("  ")
    stage.waits_for("f goes on from the recording")
    stage.press("f")
    stage.waits_for("as it was recorded")
    stage.press(" ")
    shown = stage.waits_for("[3/")
    assert "git commit" in shown
    assert "Synced" in shown
    stage.press("b")
    stage.waits_for("[2/")
    stage.press("j1")
    stage.waits_for("Chapter 1 of 1")
    stage.press("s")
    stage.waits_for("Skipped")
    stage.waits_for("[2/")

    stage.press("r")  # the processes are started again
    stage.waits_for("Restored")
    stage.waits_for("f recorded")
    stage.press("  ")
    assert "Synced" in stage.waits_for("[3/")
    stage.quit()


def test_what_hangs_is_let_go_of_and_nothing_is_recorded_by_itself(
    line: CommandLine, present: Present
) -> None:
    stage = present(LAB)
    stage.waits_for("There is no recording of this show here")
    stage.waits_for("[1/")
    loop = _pid(line, "loop")
    os.kill(loop, signal.SIGSTOP)
    try:
        stage.press("s")
        stage.waits_for("[2/")
        stage.press("  ")
        stage.waits_for("git push")
        os.killpg(stage.process.pid, signal.SIGINT)  # Ctrl-C
        stage.waits_for("r puts this chapter right")
    finally:
        os.kill(loop, signal.SIGCONT)
    stage.press("f")
    stage.waits_for("There is no recording")
    stage.press("r")
    stage.waits_for("Restored")
    stage.quit()


def test_without_a_workspace_the_recording_is_the_show(line: CommandLine, present: Present) -> None:
    line.fine("demo", LAB, "--yes", "--record", "show.cast", "--typing", "0")
    stage = present(LAB, "--recording", "show.cast", GITOPS_LAB_HOME="/proc/nowhere")
    stage.waits_for("So this is the recording.")
    stage.waits_for("[1/")
    stage.press(" ")
    assert "✗" in COLOURS.sub("", stage.waits_for("[2/"))
    stage.press("r")
    stage.waits_for("There is no workspace")
    stage.quit()


def _pid(line: CommandLine, name: str) -> int:
    [file] = line.home.glob(f"workspaces/*/run/{name}.json")
    return int(json.loads(file.read_text())["pid"])

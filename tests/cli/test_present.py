"""A lab presented in a terminal of 80x24 by somebody's keys, forwards and backwards."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.driver import CommandLine
from tests.cli.stage import COLOURS, Stage

ROOT = Path(__file__).resolve().parents[2]
LAB = str(ROOT / "labs" / "02-first-sync")
SMALL = str(ROOT / "tests" / "course_mini" / "01-commit")
TITLE, CHAPTER = "One commit", "Change the word"

Present = Callable[..., Stage]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path)
    yield made
    made.down()


def test_a_lab_is_presented_forwards_and_backwards(line: CommandLine, present: Present) -> None:
    stage = present(LAB)
    stage.waits_for("The live page")
    stage.waits_for("Chapter 1 of 4")
    stage.waits_for("[1/")
    stage.press("n ")
    assert "✗" in stage.waits_for("[2/")
    stage.press("  ")  # the commit, typed and then run
    shown = stage.waits_for("[3/")
    assert "git commit" in shown
    assert "Synced" in shown
    notes = json.loads(next(line.home.glob("workspaces/*/present.json")).read_text())
    assert notes["number"] == 3

    stage.press("b")  # the commit is taken back
    stage.waits_for("Back")
    stage.waits_for("[2/")
    assert "Hello from version one" in _message(line)
    stage.press("b")
    stage.waits_for("[1/")
    stage.press("  ")
    assert "✗" in stage.waits_for("[2/"), "the state did not go back with the show"

    stage.press("j3")
    stage.waits_for("At chapter 3")
    stage.waits_for("Chapter 3 of 4")
    stage.waits_for("/")
    stage.press("s")
    stage.waits_for("Skipped")
    stage.waits_for("] space")
    stage.press("  ")
    assert "healed" in stage.waits_for("] space")
    stage.press("r")
    stage.waits_for("Restored")
    stage.quit()
    assert not list(line.home.glob("workspaces/*/"))


def test_presenting_without_a_keyboard_is_refused_before_anything_starts(
    line: CommandLine,
) -> None:
    done = line("demo", LAB, "--yes", "--present")
    assert done.code == 2
    assert "terminal" in done.err
    assert not list(line.home.glob("workspaces/*/"))


@pytest.mark.parametrize("file", ["nowhere/show.cast", "show.gif"])
def test_a_recording_that_can_not_be_written_is_refused_before_anything_starts(
    line: CommandLine, file: str
) -> None:
    done = line("demo", LAB, "--yes", "--record", file)
    assert done.code == 2
    assert file.split("/")[0] in done.err
    assert not list(line.home.glob("workspaces/*/"))


def test_a_room_gets_a_page_of_its_own(line: CommandLine) -> None:
    out = line.fine("demo", SMALL, "--yes", "--class", BROWSER="true").out
    assert "/class?key=" in out
    assert out.rindex("✓") > out.rindex("✗")


def test_a_recording_is_a_cast_with_chapters(line: CommandLine) -> None:
    line.fine("demo", SMALL, "--yes", "--record", "show.cast", "--typing", "0")
    head, *events = [json.loads(row) for row in (line.place / "show.cast").read_text().splitlines()]
    assert (head["version"], head["title"]) == (2, TITLE)
    times = [moment for moment, _, _ in events]
    assert times == sorted(times)
    assert next(data for _, code, data in events if code == "m") == CHAPTER
    picture = (line.place / "show.svg").read_text()
    assert TITLE in picture
    assert "git commit" in picture
    shown = COLOURS.sub("", "".join(data for _, code, data in events if code == "o"))
    assert "$ git commit" in shown
    assert shown.rindex("✓") > shown.rindex("✗")


def _message(line: CommandLine) -> str:
    asked = ["kubectl", "--", "--namespace", "web", "get", "configmap", "web-config", "-o", "yaml"]
    return line.fine(*asked).out

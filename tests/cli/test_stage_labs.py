"""Labs with demo notes, played on a stage by a scripted terminal of 80x24, to the end and back.

One in CI, as each takes its time; all with GITOPS_LAB_PRESENT=all, as in `scripts/full`.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitops_lab.cli.keys import KEYS
from gitops_lab.lab import Lab, bundled
from tests.cli.driver import CommandLine
from tests.cli.stage import Stage
from tests.wide import WIDE

IN_CI = ("first-sync",)
ALL = os.environ.get("GITOPS_LAB_PRESENT", "") == "all"
LABS = [lab for lab in bundled() if all(step.demo.before for step in lab.steps)]
LONG = pytest.mark.skip("up to a minute each: GITOPS_LAB_PRESENT=all scripts/test tests/cli")
SOON_ENOUGH = 5.0
"""Seconds in which a chapter is back after an accident, on a machine that does nothing else."""
_TOOK = re.compile(r"\((\d+\.\d) s\)")

Present = Callable[..., Stage]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path)
    yield made
    made.down()


@pytest.mark.parametrize(
    "lab",
    [
        pytest.param(
            lab,
            id=lab.name,
            marks=() if ALL else WIDE if lab.name in IN_CI else LONG,
        )
        for lab in LABS
    ],
)
def test_a_lab_is_played_to_its_end_and_back(lab: Lab, line: CommandLine, present: Present) -> None:
    stage = present(lab.name)
    stage.waits_for("[1/", 180)
    total = _notes(line)["total"]
    for number in range(1, total + 1):
        stage.press("  ")
        shown = stage.waits_for(f"[{min(number + 1, total)}/", 180)
        assert "puts this chapter right" not in shown, shown[-2000:]
        stage.waits_for("q quit")
    assert _notes(line)["number"] == total

    for chapter in range(len(lab.steps), 0, -1):
        stage.press(f"j{chapter}")
        stage.waits_for(f"At chapter {chapter}  (", 180)
        stage.waits_for("q quit")
        stage.press("  ")  # the check is red again: the state has gone back with the show
        shown = stage.waits_for("q quit", 60)
        assert "✗" in shown
        assert "puts this chapter right" not in shown, shown[-2000:]
        stage.press("b")
        stage.waits_for("Back  (")
        stage.waits_for("q quit")
    stage.press("r")
    stage.waits_for("Restored")
    took = _TOOK.search(stage.waits_for("q quit"))
    assert took, "how long it took is told"
    if ALL:
        assert float(took.group(1)) <= SOON_ENOUGH
    stage.quit()
    assert not list(line.home.glob("workspaces/*/"))


def test_every_lab_has_demo_notes() -> None:
    assert [lab.name for lab in LABS] == [lab.name for lab in bundled()]
    assert {*IN_CI} <= {lab.name for lab in LABS}


def test_every_key_that_the_page_promises_does_something() -> None:
    page = (Path(__file__).resolve().parents[2] / "site" / "run" / "picture.md").read_text()
    promised = set(re.findall(r"^\| ([a-z])\b", page, re.MULTILINE))
    assert promised == {key.decode() for key in KEYS if key.isalpha()} - {"n", "p"}


def _notes(line: CommandLine) -> dict[str, int]:
    [file] = line.home.glob("workspaces/*/present.json")
    notes: dict[str, int] = json.loads(file.read_text())
    return notes

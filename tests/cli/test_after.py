"""A lab of somebody else's from a Git URL, and what comes beside and after its steps."""

import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.cli.driver import CommandLine, Ran
from tests.lab.mini import COURSE
from tests.lab.test_foreign import git

pytestmark = pytest.mark.xdist_group("after")
QUIZ = """
quiz:
  - ask: Who brought it back?
    choices:
      - {say: I did, why: You deleted it.}
      - {say: The engine, why: It compares all the time., right: true}
debrief: Take *this* home.
"""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    place = tmp_path_factory.mktemp("after")
    theirs = place / "theirs"
    shutil.copytree(COURSE / "02-heal", theirs / "heal")
    with (theirs / "heal" / "lab.yaml").open("a") as lab:
        lab.write(QUIZ)
    git(theirs, "init", "-q")
    git(theirs, "add", ".")
    git(theirs, "commit", "-q", "-m", "A lab")
    line = CommandLine(place)
    yield line
    line.down()


def start(line: CommandLine, typed: str) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "gitops_lab.cli", "start", f"git+file://{line.place}/theirs#heal"],
        cwd=line.place,
        env=line.environment,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=line.seconds,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_a_foreign_lab_is_shown_and_asked_for_once(line: CommandLine) -> None:
    refused = start(line, "n\n")
    assert refused.code == 2
    assert "is not one of ours" in refused.out
    assert "checks/test_" in refused.out
    assert "will run these commands:\n  $ kubectl delete configmap/one" in refused.out
    assert not list(line.home.glob("workspaces/*"))

    assert start(line, "y\n").code == 0
    again = start(line, "")
    assert again.code == 0
    assert "is not one of ours" not in again.out


def test_a_prediction_comes_back_when_the_step_is_done(line: CommandLine) -> None:
    line.fine("predict", "It stays away")

    assert "Why that is so" in line.fine("next").out
    solved = line.fine("solve").out
    assert "You had predicted: It stays away" in solved
    assert "\nWhy\n" in solved


def test_next_jumps_to_a_step_and_says_what_was_solved_on_the_way(line: CommandLine) -> None:
    line.fine("reset", "delete")

    jumped = line.fine("next", "add", "--json")

    assert jumped.document["id"] == "add"
    assert "solved for you: delete" in jumped.err
    assert line("next", "nowhere").code == 2


def test_the_quiz_explains_each_answer_and_is_kept(line: CommandLine) -> None:
    wrong = line.fine("quiz", "--answers", "1")
    assert "✗ 1. You deleted it." in wrong.out
    assert "0 of 1 right" in wrong.out
    assert line("quiz", "--answers", "1,2").code == 2
    assert line.fine("quiz", "--answers", "2", "--json").document["right"] == 1


def test_the_summary_tells_the_lab_back_with_its_numbers(line: CommandLine) -> None:
    line.fine("solve")

    ran = line.fine("summary", "--json")

    story = ran.document
    assert story["finished"]
    assert story["quiz"] == {"Who brought it back?": True}
    assert story["chapters"][0]["prediction"] == "It stays away"
    assert story["chapters"][0]["solved"]
    commits = [line["subject"] for chapter in story["chapters"] for line in chapter["commits"]]
    assert "Add a third" in commits
    measured = story["measured"]
    assert measured["engine"]
    assert 0 <= measured["recover_s"] < 60
    assert {"kubectl", "the engine"} <= set(measured["holders"])
    assert 0 < measured["explained"] < measured["writes"]
    assert "Measured in your cluster" in ran.err
    assert "Take this home." in ran.err
    exported = line.fine("progress", "--json").document[0]
    assert exported["measured"] == measured

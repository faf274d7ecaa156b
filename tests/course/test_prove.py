import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from gitops_lab.course import junit, prove
from gitops_lab.lab import load
from gitops_lab.lab.scaffold import scaffold
from tests.lab.mini import copy_of, replaced
from tests.wide import wide


def test_a_new_lab_is_proven_in_every_part_and_strong(tmp_path: Path):
    told = []
    scaffold(tmp_path / "mine")

    proof = prove(
        load(tmp_path / "mine"), mutate=1, on_part=lambda step, part: told.append((step, part))
    )

    assert proof.proven, proof.as_data()
    (step,) = proof.steps
    assert [(p.what, p.expected) for p in step.parts if p.what not in ("reset", "mutant")] == [
        ("start", "red"),
        ("wrong", "red"),
        ("wrong", "red"),
        ("also-right", "green"),
        ("also-right", "green"),
        ("solution", "green"),
        ("readme", "green"),
        ("solution", "green"),
        ("again", "red"),
        ("again", "green"),
    ]
    assert len(told) == len(step.parts)
    assert proof.as_data()["mutation"] == {"tried": 1, "red": 1, "score": 100.0, "green": []}
    junit.write([proof], tmp_path / "junit.xml")
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()[0]
    assert suite.attrib["failures"] == "0"
    assert len(suite) == len(step.parts) + 1


def test_what_is_asked_for_first_leaves_the_functions_before_their_modules():
    asked = "from gitops_lab import course; course.Place(); assert callable(course.prove)"
    subprocess.run([sys.executable, "-c", asked], check=True)


FAILS_ONCE = """\
    reset:
      - run:
          repo: web
          command:
            - sh
            - -c
            - >-
              git log --format=%s | grep --quiet "Spoil it" || exit 0;
              test -e .git/failed && exit 0; touch .git/failed; echo no such luck; exit 1
    demo:
"""


@wide
def test_a_quick_proof_tries_the_first_of_each_sort_and_goes_on_after_a_reset_that_failed(
    tmp_path: Path,
):
    scaffold(tmp_path / "mine")
    replaced(tmp_path / "mine", "lab.yaml", "    demo:\n", FAILS_ONCE)

    proof = prove(load(tmp_path / "mine"), quick=True, mutate=2)

    parts = proof.steps[0].parts
    assert [(p.what, p.expected) for p in parts if p.what != "reset"] == [
        ("start", "red"),
        ("wrong", "red"),
        ("also-right", "green"),
        ("solution", "green"),
        *[("mutant", "red")] * 2,
    ]
    (failed,) = [part for part in parts if not part.passed]
    assert (failed.what, failed.seen) == ("reset", "error")
    assert failed.name.startswith("after “deploy/config.yaml: `message: ")
    assert "no such luck" in failed.detail
    assert not proof.failure


def test_a_check_that_is_always_green_and_a_text_that_fails_are_not_proven(tmp_path: Path):
    folder = copy_of("04-unproven", tmp_path)
    replaced(
        folder,
        "lab.yaml",
        "solution:\n      - run: {command: [git, status]",
        "solution:\n      - run: {command: [git, no-such-command]",
    )
    told = (folder / "README.md").read_text()
    (folder / "README.md").write_text(f"{told}\n```console\n$ git such-nonsense\n```\n")

    proof = prove(load(folder))

    (step,) = proof.steps
    assert not proof.proven
    failed = [part for part in step.parts if not part.passed]
    assert [(part.what, part.seen) for part in failed] == [
        ("start", "green"),
        ("wrong", "green"),
        ("reset", "green"),
        ("solution", "error"),
        ("reset", "green"),
        ("readme", "error"),
        ("reset", "green"),
        ("solution", "error"),
    ]
    assert "no-such-command" in failed[3].detail
    assert "README.md: `git such-nonsense` failed" in failed[5].detail
    assert proof.left == []

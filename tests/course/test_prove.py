from pathlib import Path

from gitops_lab.course import prove
from gitops_lab.lab import load
from tests.lab.mini import COURSE, copy_of, replaced


def test_a_good_lab_is_proven_in_every_part():
    told = []

    proof = prove(load(COURSE / "02-heal"), on_part=lambda step, part: told.append((step, part)))

    assert proof.proven, proof.as_data()
    assert [(part.what, part.expected) for part in proof.steps[0].parts] == [
        ("start", "red"),
        ("wrong", "red"),
        ("reset", "red"),
        ("also-right", "green"),
        ("reset", "red"),
        ("solution", "green"),
        ("reset", "red"),
        ("solution", "green"),
    ]
    assert len(told) == sum(len(step.parts) for step in proof.steps)
    assert proof.as_data()["proven"] is True


def test_a_check_that_is_always_green_is_not_proven():
    proof = prove(load(COURSE / "04-unproven"))

    (step,) = proof.steps
    assert not proof.proven
    assert [(part.what, part.passed) for part in step.parts if not part.passed] == [
        ("start", False),
        ("wrong", False),
        ("reset", False),
        ("reset", False),
    ]


def test_a_solution_that_fails_is_told_and_ends_nothing_else(tmp_path: Path):
    folder = copy_of("04-unproven", tmp_path)
    replaced(
        folder,
        "lab.yaml",
        "solution:\n      - run: {command: [git, status]",
        "solution:\n      - run: {command: [git, no-such-command]",
    )

    proof = prove(load(folder))

    failed = [part for part in proof.steps[0].parts if part.what == "solution"]
    assert [part.seen for part in failed] == ["error", "error"]
    assert "no-such-command" in failed[0].detail
    assert proof.left == []

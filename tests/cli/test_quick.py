"""Short commands start fast: what they don't need is not imported."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "pydantic",
    "kubernetes",
    "cryptography",
    "uvicorn",
    "gitops_lab.course.prove",
    "gitops_lab.workspace.up",
    "gitops_lab.workspace.kind",
    "gitops_lab.engine.render",
)


def imported(place: Path, *arguments: str) -> set[str]:
    """The modules that a command had imported when it ended."""
    program = (
        "import sys; from gitops_lab.cli.program import main; main(sys.argv[1:]); "
        "print('\\n'.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={"GITOPS_LAB_HOME": str(place), "PATH": "/usr/bin:/bin", "HOME": str(place)},
        cwd=Path(__file__).parents[2],
    )
    return set(done.stdout.splitlines())


@pytest.mark.parametrize("command", ["check", "hint", "status", "progress", "list"])
def test_what_a_learner_asks_most_brings_nothing_heavy(tmp_path: Path, command: str) -> None:
    words = (command,) if command in ("list", "progress") else (command, "--workspace", "none")

    assert imported(tmp_path, *words) & set(HEAVY) == set()
    assert "gitops_lab.course.progress" in imported(tmp_path, "progress")


def test_a_session_brings_nothing_heavy_and_what_judges_when_it_judges() -> None:
    program = (
        "from gitops_lab.course import Session; import sys; print('\\n'.join(sys.modules)); "
        "from gitops_lab import checks; checks.run; print('judges', 'pytest' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert set(done.stdout.split()) & {*HEAVY, "jinja2", "pytest"} == set()
    assert done.stdout.endswith("judges True\n")


def test_text_on_the_command_line_is_taken_as_it_is(tmp_path: Path) -> None:
    from gitops_lab.cli.program import main

    assert main(["start", "no-such-lab", "--workspace", "-1"]) == 2

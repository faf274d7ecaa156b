"""Plain mode: what a screen reader reads aloud makes sense."""

from pathlib import Path

from gitops_lab.cli import plain
from tests.cli.driver import CommandLine


def test_marks_are_words_at_a_lines_beginning_only() -> None:
    assert plain.spelled("  ✓ done\n  ✗ red → green\n") == "  passed: done\n  failed: red → green\n"


def test_a_table_is_a_sentence_for_each_row() -> None:
    assert list(plain.lines(("NAME", "TIME", ""), [("drift", "25 min", ""), ("x", "", 3)])) == [
        "name drift, time 25 min.",
        "name x, 3.",
    ]


def test_the_option_stands_anywhere_and_the_variable_works_too(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)

    for ran in (
        line.fine("list", "--plain"),
        line.fine("--plain", "list"),
        line.fine("list", GITOPS_LAB_PLAIN="1", FORCE_COLOR="1"),
    ):
        assert "name drift, level beginner, time 25 min, steps 0/5, title Drift." in ran.out
        assert "\x1b[" not in ran.out
    assert "NAME" in line.fine("list").out


def test_shells_complete_the_commands(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)

    asked = {
        "_GITOPS_LAB_COMPLETE": "complete_bash",
        "COMP_WORDS": "gitops-lab ca",
        "COMP_CWORD": "1",
    }

    assert line(**asked).out.split() == ["catalog"]
    for shell in ("bash", "zsh", "fish"):
        shown = line(_GITOPS_LAB_COMPLETE=f"source_{shell}")
        assert "_GITOPS_LAB_COMPLETE" in shown.out, shown

"""What a lab's text looks like in a terminal, and what becomes of it in a shell."""

import io
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from gitops_lab.cli.markdown import continued, show
from gitops_lab.lab.console import commands

LABS = Path(__file__).parents[2] / "labs"
COMMANDS = sorted(
    {each.text for path in LABS.glob("*/README.md") for each in commands(path.read_text())}
)
LONG = (
    "kubectl --namespace argocd patch application shop --type merge "
    """--patch '{"operation": {"sync": {"prune": true}}}'"""
)


def shown(text: str, width: int = 60) -> list[str]:
    """The lines that somebody reads in a terminal so wide."""
    out = io.StringIO()
    console = Console(file=out, width=width, soft_wrap=True, highlight=False, force_terminal=False)
    show(console, text)
    return out.getvalue().splitlines()


def understood(command: str) -> str:
    """What bash takes a command for, in its own words; nothing is run."""
    script = f"f() {{\n{command}\n}}\ndeclare -f f"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout


def test_a_command_that_is_too_wide_goes_on_after_a_backslash() -> None:
    lines = list(continued(LONG, 60))
    assert len(lines) == 3
    assert all(line.endswith(" \\") for line in lines[:-1])
    assert all(len(line) <= 60 for line in lines)


def test_a_command_that_fits_stays_as_it_is() -> None:
    assert list(continued("git  push", 60)) == ["git  push"]


def test_a_quoted_word_is_never_parted() -> None:
    assert list(continued("git commit -m 'a message of many words'", 20)) == [
        "git commit -m \\",
        "    'a message of many words'",
    ]


def test_a_command_within_a_command_is_never_parted() -> None:
    command = """echo "$(printf '%s' "a b ) c" "d  e")" 'f $( g'"""
    command += " $(echo $(( (1 + 2) * 3 )) h) and  more words"
    assert understood("\n".join(continued(command, 12))) == understood(command)
    assert len(list(continued(command, 12))) > 2


def test_a_comment_stays_on_the_line_of_its_command() -> None:
    assert list(continued("git push # and then look at what it's doing", 12)) == [
        "git push # and then look at what it's doing"
    ]


@pytest.mark.parametrize("width", [40, 72, 100])
def test_the_commands_of_all_labs_stay_the_same_commands(width: int) -> None:
    assert len(COMMANDS) > 200
    for command in COMMANDS:
        first, *rest = command.split("\n")
        assert understood("\n".join([*continued(first, width), *rest])) == understood(command)


def test_no_line_of_a_list_ends_in_spaces() -> None:
    lines = shown(f"1. Ask for a sync:\n\n   ```console\n   $ {LONG}\n   $ git push\n   ```\n")
    assert all(line == line.rstrip() for line in lines)
    assert any(line.endswith("\\") for line in lines)
    assert "$ git push" in [line.strip() for line in lines]


def test_what_a_command_says_stands_as_it_is() -> None:
    text = "```console\n$ git status\nnothing to commit\n```"
    assert shown(text) == ["", "$ git status", "nothing to commit"]


def test_a_file_is_shown_without_a_frame_of_spaces() -> None:
    text = "Write:\n\n```yaml\nspec:\n  prune: true\n```"
    assert "spec:" in shown(text)
    assert "  prune: true" in shown(text)

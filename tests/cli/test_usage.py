"""Wrong usage is told in one paragraph, with where to read on; a table cuts no word short."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from gitops_lab.checks import Verdict
from gitops_lab.cli import show
from gitops_lab.cli.terminal import Terminal
from tests.cli.driver import CommandLine


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("chek",), "Error: No such command 'chek'. Did you mean 'check'? See `gitops-lab --help`"),
        (("check", "--foo"), "Error: No such option: --foo. See `gitops-lab check --help`."),
        (("app", "history"), "Error: Missing argument 'APP'. See `gitops-lab app history --help`."),
        (("start", "first-sync", "--provider", "x"), "Error: --provider is one of embedded,"),
        (("author", "lint", "nowhere"), "Error: There is no lab called nowhere."),
    ],
)
def test_wrong_usage_is_one_paragraph_that_says_where_to_read_on(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    ran = CommandLine(tmp_path)(*words)
    assert ran.code == 2, ran
    assert ran.err.startswith(told), ran
    assert "\n" not in ran.err.strip()


def test_a_group_without_a_command_shows_its_help(tmp_path: Path) -> None:
    ran = CommandLine(tmp_path)("app")
    assert ran.code == 2
    assert ran.err.startswith("Usage: gitops-lab app ")


def _printed(width: int) -> tuple[Terminal, io.StringIO]:
    terminal, printed = Terminal(), io.StringIO()
    terminal.console = Console(file=printed, width=width, soft_wrap=True, highlight=False)
    return terminal, printed


def test_a_narrow_table_wraps_texts_and_cuts_no_address_short() -> None:
    terminal, printed = _printed(60)
    address = "http://127.0.0.1:45549"
    terminal.table(("APP", "ADDRESS", "MESSAGE"), [("web", address, "all is well " * 9)])
    assert address in printed.getvalue()
    assert "…" not in printed.getvalue()


def test_a_text_that_has_no_room_in_its_row_stands_below_the_table() -> None:
    terminal, printed = _printed(80)
    rows = [
        ("Kustomization/releases", "Synced", "http://127.0.0.1:45549", "Applied revision: main@1"),
        ("HelmRelease/settings", "OutOfSync", "", ""),
    ]
    terminal.table(("APP", "SYNC", "ADDRESS", "MESSAGE"), rows)
    told = printed.getvalue()
    assert "MESSAGE" not in told
    assert told.endswith("\n  Kustomization/releases: Applied revision: main@1\n")

    wide, printed = _printed(120)
    wide.table(("APP", "SYNC", "ADDRESS", "MESSAGE"), rows)
    assert "45549  Applied revision: main@1\n" in printed.getvalue()


def test_what_two_checks_have_in_common_is_said_once() -> None:
    terminal, printed = _printed(200)
    tell = show.Verdicts(terminal)
    one = Verdict("One", False, "1.0", "1.1", "commit", "Push.", ("not pushed: 1 commit",))
    tell(one)
    tell(replace(one, name="Two"))
    tell(replace(one, name="Three", seen="blue", expected="green"))
    tell(Verdict("Four", False, "blue", "green", link="render", next="Correct it."))
    told = printed.getvalue()
    assert told.count("not pushed") == 1
    assert "✗ Two\n      as above\n" in told
    assert "expected  green\n      next      as above\n" in told
    assert "link      render\n      next      Correct it.\n" in told

"""`--lang`: the learner's loop in German, kept from one command to the next."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.cli import language
from gitops_lab.cli.german import GERMAN
from gitops_lab.errors import UsageError
from tests.cli.driver import CommandLine

pytestmark = pytest.mark.xdist_group("language")
ENGLISH = re.compile(r"\b(the|is|has|and|your|with|expected|seen|next|done|not yet)\b", re.I)
QUOTED = re.compile(r"“[^”]*”|`[^`]*`|/\S+|Greet with.*|Prose|\$ .*|\[main .*")


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    line = CommandLine(tmp_path_factory.mktemp("german"))
    line.fine("--lang", "de", "start", "first-sync")
    yield line
    line.down()


def english(printed: str) -> list[str]:
    """The lines that are still in English, but for what is quoted or typed."""
    lines = (QUOTED.sub("", line) for line in printed.splitlines())
    return [line for line in lines if ENGLISH.search(line)]


def test_the_loop_is_in_german_from_the_first_line_on(line: CommandLine) -> None:
    printed = [line("check").out, line.fine("hint").out, line.fine("next").out]
    printed += [line.fine("solve").out, line.fine("summary").out, line.fine("stop").out]
    printed += [line.fine("start", "first-sync").out]

    assert [english(each) for each in printed] == [[]] * len(printed)
    assert "Noch nicht." in printed[0]
    assert "Die Seite mit einem Commit ändern" in printed[2]
    assert "wie du es verlassen hast" in printed[6]


def test_another_language_is_kept_until_it_is_changed(line: CommandLine) -> None:
    assert "Schritt" in line.fine("next").out
    assert "Step " in line.fine("next", "--lang=en").out
    assert "Step " in line.fine("next").out
    assert "Schritt" in line.fine("next", GITOPS_LAB_LANG="de").out


def test_documents_for_machines_keep_their_keys(line: CommandLine) -> None:
    document = line("check", "--json", "--lang", "de").document

    assert set(document) == {"lab", "step", "green", "checks"}
    line.fine("next", "--lang", "en")


def test_a_language_that_nobody_speaks_is_refused_with_those_that_are(tmp_path: Path) -> None:
    ran = CommandLine(tmp_path)("list", "--lang", "tlh")

    assert ran.code == 2
    assert "en, de" in ran.err


def test_the_option_stands_anywhere_before_the_dashes(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITOPS_LAB_HOME", str(tmp_path))
    monkeypatch.setenv("GITOPS_LAB_LANG", "")
    words = ["kubectl", "--lang=de", "--", "--lang", "x"]

    language.take(words)

    assert words == ["kubectl", "--", "--lang", "x"]
    assert language.chosen() == "de"
    with pytest.raises(UsageError):
        language.take(["list", "--lang"])


def test_holes_are_translated_and_white_space_stays() -> None:
    catalogue = language.Catalogue({"seen {x}": "gesehen {x}", "no commit": "kein Commit"})

    assert catalogue("  seen no commit\n") == "  gesehen kein Commit\n"
    assert catalogue("seen one\nunknown\nno commit") == "gesehen one\nunknown\nkein Commit"


def test_every_hole_of_a_template_is_filled_in_german() -> None:
    for said, put in GERMAN.items():
        holes = set(re.findall(r"\{(\w+)\}", said))
        assert set(re.findall(r"\{(\w+)\}", put)) <= holes, said

"""A lab in another language: complete or told, and never different in what it asks for."""

import shutil
from pathlib import Path

import pytest

from gitops_lab.lab import InvalidLab, bundled, find, lint, load
from gitops_lab.lab.translation import languages, problems, translated, words
from tests.lab.mini import replaced


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(find("first-sync").folder, tmp_path / "first-sync"))


def test_two_labs_are_complete_in_german():
    spoken = [lab for lab in bundled() if languages(lab) == ["de"]]

    assert {"first-sync", "drift"} <= {lab.name for lab in spoken}
    assert [problem for lab in spoken for problem in problems(lab)] == []


@pytest.mark.parametrize("name", ["first-sync", "drift"])
def test_texts_change_and_nothing_else(name: str):
    lab = find(name)

    german = translated(lab, "de")

    assert german.misconception != lab.misconception
    assert german.introduction != lab.introduction
    for mine, theirs in zip(german.steps, lab.steps, strict=True):
        assert (mine.id, mine.checks, mine.also_right) == (
            theirs.id,
            theirs.checks,
            theirs.also_right,
        )
        assert mine.title != theirs.title
        assert mine.text.line == theirs.text.line
        parts = ("predict", "do", "why", "at_work")
        assert all(getattr(mine.text, p) != getattr(theirs.text, p) for p in parts)
        assert [hint.when for hint in mine.hints] == [hint.when for hint in theirs.hints]
        for ours, english in zip(mine.solution, theirs.solution, strict=True):
            assert ours.say != english.say
            assert vars(ours) | {"say": ""} == vars(english) | {"say": ""}


def test_a_lab_that_nobody_has_translated_stays_as_it_is():
    lab = find("by-hand")

    assert translated(lab, "de") is lab
    assert translated(find("first-sync"), "fr").title == "Your first sync"
    assert words(lab, "de") == {}


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("lab.de.yaml", "      push: >-", "      pull: >-", "lacks the hint `push`"),
        ("lab.de.yaml", "title: Der erste Sync\n", "", "lacks `title`"),
        (
            "lab.de.yaml",
            "    says:\n      - Eine Zeile",
            "    says:\n      - x\n      - Eine",
            "says",
        ),
        ("README.de.md", "{#undo}", "{#undone}", "lacks the step `undo`"),
        (
            "README.de.md",
            "    $ git push\n    ```\n\n4. `gitops",
            "    ```\n\n4. `gitops",
            "other comm",
        ),
        (
            "README.de.md",
            "## Nun von Hand {#by-hand}\n",
            "## Nun {#by-hand}\n\n### Was\n",
            "no part",
        ),
    ],
)
def test_what_a_translation_lacks_is_told_to_its_author(
    folder: Path, file: str, old: str, new: str, what: str
):
    replaced(folder, file, old, new)

    found = lint(folder, "first-sync")

    assert [p for p in found if what in p.what and p.file == file], found
    load(folder)  # a learner isn't kept from the lab by it


def test_a_translation_that_cannot_be_read_names_the_line(folder: Path):
    replaced(folder, "lab.de.yaml", "title: Der erste Sync", "title: Der erste Sync\ntitel: x")

    with pytest.raises(InvalidLab) as caught:
        translated(load(folder), "de")

    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("lab.de.yaml", 3)
    assert "titel" in problem.what

from pathlib import Path

import pytest

from gitops_lab.errors import UsageError
from gitops_lab.lab import Commit, InvalidLab, NoSuchLab, Run, find, load, name_of
from tests.lab.mini import COURSE, copy_of, replaced


def test_a_lab_is_read_with_its_texts_and_answers():
    lab = load(COURSE / "01-commit")

    step = lab.step("change")
    assert (lab.name, lab.level, lab.minutes, lab.clusters) == ("commit", "beginner", 1, ("main",))
    assert (step.title, step.text.predict, step.text.why) == (
        "Change the word",
        "What will happen?",
        "Because.",
    )
    assert step.text.line == 5
    assert "## not a heading" in step.text.do
    assert [answer.name for answer in step.also_right] == ["the whole file anew", "in another file"]
    assert {answer.name: answer.hint for answer in step.wrong} == {
        "on a branch": "on-a-branch",
        "by kubectl": "by-hand",
    }
    assert isinstance(step.solution[0], Commit)
    assert isinstance(step.wrong[1].actions[0], Run)
    assert step.demo.before == "The word is not there yet."


def test_an_app_becomes_a_gitopsapp_in_the_namespace_gitops():
    app = load(COURSE / "01-commit").apps[0]

    assert (app["kind"], app["metadata"]) == ("GitOpsApp", {"name": "notes", "namespace": "gitops"})


def test_a_heading_without_an_id_belongs_to_the_step_in_its_place():
    assert [step.title for step in load(COURSE / "02-heal").steps] == ["Delete one", "Add a third"]


def test_a_hint_without_a_rule_is_general_and_gets_a_name():
    hints = load(COURSE / "01-commit").steps[0].hints

    assert [(hint.id, hint.when.always) for hint in hints] == [
        ("on-a-branch", False),
        ("by-hand", True),
        ("hint-3", True),
    ]


@pytest.mark.parametrize(
    ("folder", "name"), [("01-first-sync", "first-sync"), ("mine", "mine"), ("7-a", "a")]
)
def test_the_number_of_a_folder_is_not_part_of_the_name(folder: str, name: str):
    assert name_of(Path(folder)) == name


def test_a_lab_in_a_folder_is_found_by_its_path():
    assert find(f"{COURSE}/02-heal").name == "heal"


def test_a_misspelt_lab_is_answered_with_what_was_meant():
    with pytest.raises(NoSuchLab) as caught:
        find("frist-sync")

    assert caught.value.hint == "Did you mean `first-sync`?"
    assert isinstance(caught.value, UsageError)


def test_a_folder_without_a_lab_is_refused(tmp_path: Path):
    with pytest.raises(NoSuchLab, match=r"no lab\.yaml"):
        load(tmp_path)


def test_a_lab_that_is_known_is_not_examined_again_until_it_changes(tmp_path: Path):
    folder = copy_of("01-commit", tmp_path)
    known = tmp_path / "known" / "commit"
    first = load(folder, known=known)
    remembered = known.read_text()

    assert load(folder, known=known) == first
    replaced(folder, "lab.yaml", "title:", "titel:")
    with pytest.raises(InvalidLab):
        load(folder, known=known)
    assert known.read_text() == remembered

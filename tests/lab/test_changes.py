from gitops_lab.lab import load
from gitops_lab.lab.changes import after, seeds, starts
from tests.lab.mini import COURSE

VALUES = {"word": "birch"}


def test_the_solution_changes_the_file_it_names():
    lab = load(COURSE / "01-commit")
    seed = seeds(lab, VALUES)

    solved = after(lab, lab.steps[0].solution, seed, VALUES)

    assert b"word: nothing" in seed["notes"]["deploy/config.yaml"]
    assert b"word: birch" in solved["notes"]["deploy/config.yaml"]


def test_a_commit_may_lay_files_over_and_delete():
    lab = load(COURSE / "01-commit")
    answer = lab.steps[0].also_right[1]

    solved = after(lab, answer.actions, seeds(lab, VALUES), VALUES)

    assert list(solved["notes"]) == ["deploy/moved.yaml"]


def test_a_commit_on_another_branch_leaves_main_alone():
    lab = load(COURSE / "01-commit")
    seed = seeds(lab, VALUES)

    assert after(lab, lab.steps[0].wrong[0].actions, seed, VALUES) == seed


def test_a_revert_takes_the_last_commit_back():
    lab = load(COURSE / "03-by-hand")
    answer = lab.steps[0].also_right[1]

    solved = after(lab, answer.actions, seeds(lab, {}), {})

    assert b"blue" in solved["app"]["overlays/lab/colour.yaml"]


def test_a_step_starts_where_the_solutions_before_it_end():
    lab = load(COURSE / "02-heal")

    states = dict(starts(lab, {}))

    assert list(states) == ["delete", "add"]
    assert states["delete"] == states["add"]

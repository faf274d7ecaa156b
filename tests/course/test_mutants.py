"""Broken states are made from the solution alone, and each differs from it."""

from gitops_lab.course.mutants import MOST, mutants
from gitops_lab.lab import find, load
from gitops_lab.lab.changes import starts
from tests.lab.mini import COURSE


def test_every_step_gets_ten_at_most_and_none_twice():
    for lab in (find("first-sync"), find("by-hand")):
        values = lab.example_parameters
        for step_id, state in starts(lab, values):
            step = lab.step(step_id)
            found = mutants(lab, step, state, values)

            assert len(found) <= MOST
            assert len({mutant.name for mutant in found}) == len(found)
            assert all(mutant.actions != step.solution for mutant in found)


def test_a_commit_is_broken_in_many_ways():
    lab = load(COURSE / "01-commit")
    values = lab.example_parameters
    (before,) = [state for _, state in starts(lab, values)]

    names = [mutant.name for mutant in mutants(lab, lab.steps[0], before, values)]

    assert names == [
        "not pushed",
        "deploy/config.yaml: `word: maplex` for `word: maple`",
        "deploy/config.yaml: without `word: maple`",
        "configmap/notes deleted by hand, the engine suspended",
        "deploy/config.yaml deleted",
        "reverted",
        "on another branch",
        "deploy/config.yaml no longer YAML",
        "erased by force",
    ]

"""Broken states are made from the solution alone, and each differs from it."""

import pytest

from gitops_lab.course.mutant import others_in, with_other_value
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


def names(lab_name: str, step: str) -> list[str]:
    lab = find(lab_name)
    values = lab.example_parameters
    before = dict(starts(lab, values))[step]
    return [mutant.name for mutant in mutants(lab, lab.step(step), before, values)]


def test_a_command_is_given_other_words_and_what_it_touched_is_deleted():
    assert names("by-hand", "releases") == [
        "without action 1",
        "deployment/web in shop deleted by hand",
        "command 1 with `web=gitops-lab/web:2.0x`",
        "without action 2",
        "command 2 with `web=gitops-lab/web:1.1x`",
        "without action 3",
        "command 3 with `--replicas=4`",
    ]


def test_what_is_handed_in_says_something_else_where_that_matters():
    found = names("kubernetes-in-ten-minutes", "address")

    assert "service/web in first deleted by hand" in found
    assert "service.yaml: `targetPort: 8081` for `targetPort: 8080`" in found
    assert found.index("service.yaml: `app: webx` for `app: web`") < found.index(
        "service.yaml: `kind: Servicex` for `kind: Service`"
    )
    assert not [name for name in found if "nodePort" in name]


def test_drift_may_be_any_and_a_switch_may_not():
    found = names("principles", "reconciled")
    released = names("flux-helm", "drift")  # there a chart describes what is scaled

    assert 'command 2 with `--patch={"spec": {"syncPolicy": {"selfHeal": false}}}`' in found
    assert not [name for name in (*found, *released) if "--replicas" in name]


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("  replicas: 2", "  replicas: 3"),
        ('  - name: "web"  # why', '  - name: "webx"  # why'),
        ("  prune: true", "  prune: false"),
        ("  data: {a: 1}", "  data: {a: 1}}"),
        ("  nodePort: 30080", ""),
        ('  image: web:1.0 # {"$imagepolicy": "flux-system:web"}', ""),
        ("  spec:", ""),
    ],
)
def test_a_line_gets_another_value_unless_any_would_do(line: str, other: str):
    assert with_other_value(line) == other


def test_a_patch_is_changed_in_one_place_at_a_time():
    patch = {"spec": {"on": True, "count": 2, "names": ["a", ""], "gone": None}}

    assert [each["spec"] for each in others_in(patch)] == [
        {**patch["spec"], "on": False},
        {**patch["spec"], "count": 3},
        {**patch["spec"], "names": ["ax", ""]},
    ]


def test_a_script_goes_without_one_of_its_commands():
    assert names("secrets", "encrypt") == [
        "action 1 without `gitops-lab secret encrypt deploy/database.yaml`",
        "action 1 without `git commit --all --message 'Encrypt the password'`",
        "action 1 without `git push`",
    ]


def test_an_app_that_is_deleted_needs_no_suspending():
    lab = find("disaster")
    values = lab.example_parameters
    before = dict(starts(lab, values))["rebuild"]
    found = mutants(lab, lab.step("rebuild"), before, values)
    gone = next(mutant for mutant in found if mutant.name.startswith("gitopsapp"))
    assert gone.name == "gitopsapp.gitops-lab.dev/shop in gitops deleted by hand"
    assert gone.mend == ()

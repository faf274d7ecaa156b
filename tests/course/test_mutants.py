"""Broken states are made from the solution alone, and each differs from it."""

import pytest

from gitops_lab.course.mutant import misspelt, others_in, with_near_value, with_other_value
from gitops_lab.course.mutants import MOST, mutants
from gitops_lab.lab import bundled, find, load
from gitops_lab.lab.changes import starts
from tests.lab.mini import COURSE

FEW = {
    "kubernetes-in-ten-minutes pod": 7,  # a pod is deleted, and that is all
    "drift delete": 8,
    "drift stray": 6,  # what goes was never in Git
    "principles versioned": 9,  # a tag has few ways to be wrong
}


def test_every_step_of_the_course_can_be_broken_in_ten_ways_but_for_those_that_have_fewer():
    few = {}
    for lab in bundled():
        values = lab.example_parameters
        for step_id, state in starts(lab, values):
            step = lab.step(step_id)
            found = mutants(lab, step, state, values)

            assert len({mutant.name for mutant in found}) == len(found)
            assert all(mutant.actions != step.solution for mutant in found)
            if len(found) < MOST:
                few[f"{lab.name} {step_id}"] = len(found)
    assert few == FEW


def test_a_commit_is_broken_in_many_ways():
    lab = load(COURSE / "01-commit")
    values = lab.example_parameters
    (before,) = [state for _, state in starts(lab, values)]

    found = [mutant.name for mutant in mutants(lab, lab.steps[0], before, values)]

    assert found[:MOST] == [
        "not pushed",
        "deploy/config.yaml: `word: maplex` for `word: maple`",
        "deploy/config.yaml: without `word: maple`",
        "configmap/notes in notes deleted by hand, the engine suspended",
        "deploy/config.yaml deleted",
        "reverted",
        "on another branch",
        "deploy/config.yaml no longer YAML",
        "erased by force",
        "gitopsapp/notes suspended before",
    ]


def names(lab_name: str, step: str) -> list[str]:
    lab = find(lab_name)
    values = lab.example_parameters
    before = dict(starts(lab, values))[step]
    return [mutant.name for mutant in mutants(lab, lab.step(step), before, values)]


def test_a_command_is_given_other_words_and_what_it_touched_is_deleted():
    assert names("by-hand", "releases")[:10] == [
        "without action 1",
        "deployment/web in shop deleted by hand",
        "command 1 with `web=gitops-lab/web:2.0x`",
        "without action 2",
        "command 2 with `web=gitops-lab/web:1.1x`",
        "without action 3",
        "command 3 with `--replicas=4`",
        "command 1 about a copy of deployment/web",
        "deployment/web in shop scaled to none by hand",
        "command 2 about a copy of deployment/web",
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
    assert names("secrets", "encrypt")[:3] == [
        "action 1 without `gitops-lab secret encrypt deploy/database.yaml`",
        "action 1 without `git commit --all --message 'Encrypt the password'`",
        "action 1 without `git push`",
    ]


def test_what_a_script_has_pushed_is_broken_in_the_repository():
    found = names("secrets", "encrypt")

    assert {"reverted", "what it committed emptied", "gitopsapp/shop suspended before"} <= {*found}


def test_a_revert_is_broken_and_so_is_what_it_brings_back():
    found = names("first-sync", "undo")

    assert {"erased and not reverted", "the revert not pushed", "the revert reverted"} <= {*found}
    assert (
        "deploy/deployment.yaml: `image: gitops-lab/web:1.1x` for `image: gitops-lab/web:1.1`"
        in found
    )


def test_a_tag_is_deleted_moved_left_behind_or_a_branch():
    found = [name for name in names("principles", "versioned") if name.startswith("the tag v1")]

    assert [name.removeprefix("the tag v1 ") for name in found] == [
        "deleted",
        "on the commit before",
        "a branch instead",
        "left behind",
        "on what is no longer there",
    ]


def test_a_file_that_is_not_yaml_is_broken_by_its_lines():
    found = names("repositories", "owners")

    assert "CODEOWNERS: without `/shop/  @kettles`" in found
    assert not [name for name in found if "no longer YAML" in name]


def test_the_app_and_the_objects_of_every_engine_are_broken_in_the_cluster():
    for lab, step, app in (
        ("drift", "scale", "gitopsapp/shop"),
        ("argocd-first-app", "sync", "application/web"),
        ("flux-first-sync", "drift", "kustomization/web"),
    ):
        found = names(lab, step)
        assert {f"{app} suspended before", f"{app} with another path"} <= {*found}
        assert [name for name in found if "that never gets ready" in name]


def test_argo_cd_goes_on_to_compare_and_heals_nothing_meanwhile():
    asked = [name for name in names("argocd-first-app", "sync") if "never gets ready" in name]
    healing = [name for name in names("argocd-sync", "heal") if "never gets ready" in name]

    assert asked == ["deployment/web in web that never gets ready"]
    assert healing == ["deployment/web in shop that never gets ready, healing switched off"]


def test_an_app_that_a_learner_lets_go_of_is_not_suspended_before():
    found = (*names("flux-first-sync", "leave"), *names("incident", "stop"))

    assert not [name for name in found if name.endswith("suspended before")]


def test_what_is_no_business_of_a_step_is_left_alone():
    found = names("first-sync", "message")

    assert not [name for name in found if name.startswith(("deployment/", "service/"))]


@pytest.mark.parametrize(
    ("line", "near", "key"),
    [
        ("  replicas: 2", "  replicas: 1", "  replicass: 2"),
        ("  - image: web:1.0", "  - image: web:1.7", "  - images: web:1.0"),
        ("  word: maple", "  word: mapla", "  words: maple"),
        ("  prune: true", "", "  prunes: true"),
        ("  nodePort: 30080", "", ""),
    ],
)
def test_a_line_gets_a_value_near_its_own_and_a_key_misspelt(line: str, near: str, key: str):
    assert (with_near_value(line), misspelt(line)) == (near, key)


def test_an_app_that_is_deleted_needs_no_suspending():
    lab = find("disaster")
    values = lab.example_parameters
    before = dict(starts(lab, values))["rebuild"]
    found = mutants(lab, lab.step("rebuild"), before, values)
    gone = next(mutant for mutant in found if mutant.name.startswith("gitopsapp"))
    assert gone.name == "gitopsapp.gitops-lab.dev/shop in gitops deleted by hand"
    assert gone.mend == ()

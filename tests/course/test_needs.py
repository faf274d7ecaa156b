"""What a lab needs is asked for before anything of it is made."""

from dataclasses import replace
from pathlib import Path

import pytest

from gitops_lab.course import Options, Session
from gitops_lab.course.needs import require
from gitops_lab.errors import WorkspaceError
from gitops_lab.lab import Lab, bundled, load
from gitops_lab.lab.fields import FEATURES
from gitops_lab.lab.model import Needs
from gitops_lab.workspace import providers, workspaces
from tests.lab.mini import COURSE, copy_of, problems_of, replaced

NEEDY = Needs(tools=("no-such-program",), features=("several-clusters", "audit-log"))


@pytest.fixture
def lab() -> Lab:
    return replace(load(COURSE / "01-commit"), needs=NEEDY)


def test_everything_that_is_missing_is_told_at_once(lab: Lab):
    with pytest.raises(WorkspaceError) as caught:
        require(lab, "existing")

    assert caught.value.reason == "LabNeeds"
    assert caught.value.message == (
        "the lab commit needs no-such-program on PATH, and more than one cluster, and a log of who "
        "wrote what to the cluster; it is not there."
    )
    assert caught.value.hint == "Install no-such-program. Start it with --provider embedded."


def test_nothing_is_made_of_a_lab_that_lacks_something(lab: Lab, tmp_path: Path):
    options = Options(clones=tmp_path / "clones", parameters=lab.example_parameters)

    with pytest.raises(WorkspaceError, match="no-such-program on PATH"):
        Session.start(lab, options, home=tmp_path / "home", report=lambda report: None)

    assert workspaces(tmp_path / "home") == []
    assert not (tmp_path / "clones").exists()


def test_what_is_there_is_not_asked_for(lab: Lab):
    there = Needs(tools=("git",), features=("several-clusters",))

    require(replace(lab, needs=there), "kind")


def test_every_feature_is_on_one_provider_at_least():
    assert set(FEATURES) == set().union(*providers.FEATURES.values())


def test_what_an_author_misspells_is_told_with_the_line(tmp_path: Path):
    lab = copy_of("01-commit", tmp_path)
    needs = "needs:\n  labs: [first-synk]\n  tools: [helm 4]\n  features: [audit]\nparameters:"
    replaced(lab, "lab.yaml", "parameters:", needs)

    told = "\n".join(map(str, problems_of(lab)))

    assert "there is no lab called `first-synk`" in told
    assert "`needs.tools[0]` is `helm 4`" in told
    assert "`needs.features[0]` is `audit`" in told


def test_labs_with_another_engine_say_that_they_need_a_cluster_of_their_own():
    silent = [lab.name for lab in bundled() if lab.engines and not lab.needs.features]

    assert silent == []

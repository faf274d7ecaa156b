"""A genuine cluster plays the company's: a lab visits it, and all is as it was afterwards."""

from collections.abc import Iterator

import pytest

from gitops_lab.kube.errors import NotFound
from gitops_lab.workspace.existing.removal import find_made
from gitops_lab.workspace.kind import Kind
from tests.cli.driver import CommandLine
from tests.kind.conftest import START_SECONDS
from tests.waiting import eventually
from tests.workspace.existing.company import CONTEXT, Company, company, config_map
from tests.workspace.existing.visitor import COMMIT, Visitor

CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "gitopsapps.gitops-lab.dev")


@pytest.fixture(scope="module")
def team(swept: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company"), "tier-company", Kind()) as running:
        yield running


@pytest.fixture
def visitor(team: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    made = Visitor(CommandLine(tmp_path_factory.mktemp("visitor"), START_SECONDS), team)
    yield made
    made.line.down()


def _as_before(team: Company, before: set[tuple[str, str, str, str]]) -> None:
    eventually(lambda: team.objects() == before, timeout=30)


def test_a_lab_with_a_web_page_is_lived_through_and_leaves_nothing(
    visitor: Visitor, team: Company
) -> None:
    before = team.objects()
    place = ("--context", CONTEXT, "--kubeconfig", str(team.kubeconfig))
    visitor.line.fine("start", "first-sync", "--provider", "existing", *place)
    visitor.line.fine("solve")
    assert visitor.line("check", "1").code == 0, "the page is asked through the cluster's API"
    with pytest.raises(NotFound):
        team.client.get(*CRD)
    visitor.line.fine("down")
    _as_before(team, before)


def test_what_others_made_stays_and_is_not_taken_over(visitor: Visitor, team: Company) -> None:
    team.make_namespace("notes")
    theirs = team.apply(config_map("notes", "notes", word="theirs"))
    before = team.objects()
    visitor.started(lab=COMMIT)
    assert "was not made by this workspace" in visitor.app()["message"]
    visitor.line.fine("down")
    _as_before(team, before)
    assert team.client.get("v1", "ConfigMap", "notes", "notes") == theirs
    team.client.delete("v1", "Namespace", "notes")
    eventually(lambda: _is_gone(team, "notes"), timeout=30)


def test_the_definition_comes_and_goes_with_the_workspace(visitor: Visitor, team: Company) -> None:
    before = team.objects()
    visitor.started("--install-crds", lab=COMMIT)
    assert visitor.app()["sync"]["status"] == "Synced"
    assert any(obj["kind"] == CRD[1] for obj in find_made(team.client, visitor.mark()))
    assert visitor.start("--workspace", "second", lab=COMMIT).code == 3, "its engine is there"
    visitor.line.fine("down")
    _as_before(team, before)


def _is_gone(team: Company, name: str) -> bool:
    try:
        team.client.get("v1", "Namespace", name)
    except NotFound:
        return True
    return False

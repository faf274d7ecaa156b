"""A lab in the company's cluster: it works, and afterwards all is as it was."""

import stat
import tarfile
from pathlib import Path

import pytest

from gitops_lab.engine.app import API_VERSION
from gitops_lab.engine.crds import gitops_app
from gitops_lab.kube import Client
from gitops_lab.kube.errors import NotFound
from gitops_lab.workspace.existing.marks import LABEL
from gitops_lab.workspace.existing.removal import find_made
from tests.waiting import eventually
from tests.wide import wide
from tests.workspace.existing.company import Company, config_map, renamed
from tests.workspace.existing.visitor import LABS, Visitor

pytestmark = pytest.mark.xdist_group("visit")
CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "gitopsapps.gitops-lab.dev")


def _gone(client: Client, *which: str) -> bool:
    try:
        client.get(*which)
    except NotFound:
        return True
    return False


def _as_before(team: Company, before: set[tuple[str, str, str, str]]) -> None:
    eventually(lambda: team.objects() == before, timeout=20)


def test_a_lab_is_lived_through_and_leaves_nothing(visitor: Visitor, team: Company) -> None:
    before = team.objects()
    visitor.started()
    assert visitor.app()["sync"]["status"] == "Synced"
    assert visitor.line("check").code == 1
    visitor.line.fine("solve")
    assert visitor.line("check").code == 0
    made = {
        (obj["kind"], obj["metadata"]["name"]) for obj in find_made(team.client, visitor.mark())
    }
    assert {("Namespace", "notes"), ("ConfigMap", "notes")} <= made
    assert _gone(team.client, *CRD), "without --install-crds no definition is made"
    visitor.line.fine("stop")
    visitor.started()
    assert visitor.line("check").code == 0
    visitor.line.fine("down")
    _as_before(team, before)


def test_a_namespace_of_others_is_used_and_stays_with_all_in_it(
    visitor: Visitor, team: Company
) -> None:
    theirs = team.make_namespace("notes")
    kept = team.apply(config_map("theirs", "notes", word="ours"))
    before = team.objects()
    visitor.started()
    live = team.client.get("v1", "Namespace", "notes")
    assert LABEL not in (live["metadata"].get("labels") or {})
    assert team.client.get("v1", "ConfigMap", "notes", "notes")["metadata"]["labels"][LABEL]
    visitor.line.fine("down")
    _as_before(team, before)
    assert team.client.get("v1", "ConfigMap", "theirs", "notes") == kept
    team.client.delete("v1", "Namespace", "notes", uid=theirs["metadata"]["uid"])
    eventually(lambda: _gone(team.client, "v1", "Namespace", "notes"))


def test_an_object_of_others_is_never_taken_over(visitor: Visitor, team: Company) -> None:
    team.make_namespace("notes")
    theirs = team.apply(config_map("notes", "notes", word="theirs"))
    visitor.started()
    status = visitor.app()
    assert status["sync"]["status"] != "Synced"
    assert "was not made by this workspace" in status["message"]
    visitor.line.fine("down")
    assert team.client.get("v1", "ConfigMap", "notes", "notes") == theirs
    team.client.delete("v1", "Namespace", "notes")
    eventually(lambda: _gone(team.client, "v1", "Namespace", "notes"))


def test_what_is_of_the_company_is_neither_told_nor_taken(visitor: Visitor, team: Company) -> None:
    """Support tells nothing of it, though the visitor may read it; our label makes it not ours."""
    team.apply(config_map("payroll", "default", salary="much"))
    visitor.started()
    ours = team.client.get("v1", "ConfigMap", "notes", "notes")["metadata"]
    copy = config_map("copied", "default", word="x")
    copy["metadata"] |= {key: ours[key] for key in ("labels", "annotations")}
    team.apply(copy)
    file = visitor.line.place / "help.tar.gz"
    visitor.line.fine("support", str(file))
    with tarfile.open(file) as archive:
        texts = {m.name: archive.extractfile(m) for m in archive if m.isfile()}
        told = {name: data.read().decode() for name, data in texts.items() if data}
    everything = "\n".join(told.values())
    assert "payroll" not in everything
    assert "word: nothing" in everything
    assert any(name.endswith("engine.txt") and "Synced" in text for name, text in told.items())
    visitor.line.fine("down")
    assert team.client.get("v1", "ConfigMap", "copied", "default")
    for name in ("payroll", "copied"):
        team.client.delete("v1", "ConfigMap", name, "default")


def test_with_install_crds_apps_are_resources_there_and_go_with_the_definition(
    visitor: Visitor, team: Company
) -> None:
    before = team.objects()
    visitor.started("--install-crds")
    assert team.client.get(*CRD)["metadata"]["labels"][LABEL] == visitor.mark()
    listed = team.client.list(API_VERSION, "GitOpsApp").items
    assert [app["metadata"]["name"] for app in listed] == ["notes"]
    assert visitor.app()["sync"]["status"] == "Synced"
    visitor.line.fine("down")
    _as_before(team, before)


@wide
def test_a_definition_that_others_came_to_use_stays(visitor: Visitor, team: Company) -> None:
    visitor.started("--install-crds")
    app = {
        "apiVersion": API_VERSION,
        "kind": "GitOpsApp",
        "metadata": {"name": "theirs", "namespace": "default"},
        "spec": {
            "source": {"repo": "r", "path": "."},
            "destination": {"namespace": "default"},
            "suspend": True,
        },
    }
    team.apply(app)
    ran = visitor.line.fine("down")
    assert "others use it (1" in ran.out
    assert team.client.get(API_VERSION, "GitOpsApp", "theirs", "default")
    team.client.delete(API_VERSION, "GitOpsApp", "theirs", "default")
    team.client.delete(*CRD)
    eventually(lambda: _gone(team.client, *CRD))


def test_the_same_engine_in_the_cluster_is_not_disturbed(visitor: Visitor, team: Company) -> None:
    theirs = team.apply(gitops_app())
    before = team.objects()
    for options in ((), ("--install-crds",)):
        ran = visitor.start(*options)
        assert ran.code == 3
        assert "is in this cluster already" in ran.err
    assert team.objects() == before
    live = team.client.get(*CRD)
    assert live["metadata"]["generation"] == theirs["metadata"]["generation"]
    team.client.delete(*CRD)
    eventually(lambda: _gone(team.client, *CRD))


def test_a_start_that_fails_half_way_leaves_the_cluster_as_it_was(
    visitor: Visitor, team: Company
) -> None:
    """The lab brings an object that is there already, as somebody else's."""
    lab = visitor.line.place / "01-clash"
    (lab / "checks").mkdir(parents=True)
    for name in ("lab.yaml", "README.md", "checks/test_plain.py"):
        (lab / name).write_text((LABS / "03-by-hand" / name).read_text())
    for folder in ("seed", "objects", "also-right"):
        _copy(LABS / "03-by-hand" / folder, lab / folder)
    text = (lab / "lab.yaml").read_text().replace(", manager: night-shift", "")
    (lab / "lab.yaml").write_text(text)
    team.make_namespace("by-hand")
    theirs = team.apply(config_map("stray", "by-hand", word="theirs"))
    before = team.objects()
    ran = visitor.start(lab=lab)
    assert ran.code == 3, ran
    assert "was not made by this workspace" in ran.err
    _as_before(team, before)
    assert team.client.get("v1", "ConfigMap", "stray", "by-hand") == theirs
    assert not list(visitor.line.home.glob("workspaces/*/"))
    team.client.delete("v1", "Namespace", "by-hand")
    eventually(lambda: _gone(team.client, "v1", "Namespace", "by-hand"))


def _copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copytree(source, target)


def test_a_cluster_that_is_away_keeps_the_workspace_until_it_is_forgotten(
    visitor: Visitor, team: Company
) -> None:
    visitor.started()
    mark = visitor.mark()
    away = team.kubeconfig.read_text()
    try:
        team.kubeconfig.write_text(away.replace(team.client.server, "https://127.0.0.1:1"))
        ran = visitor.line("down")
        assert ran.code == 3
        assert "--forget" in ran.err
    finally:
        team.kubeconfig.write_text(away)
    visitor.line.fine("down", "--forget")
    left = find_made(team.client, mark)
    assert left
    for obj in left:
        if obj["kind"] == "Namespace":
            team.client.delete("v1", "Namespace", obj["metadata"]["name"])
    eventually(lambda: not find_made(team.client, mark), timeout=20)


def test_production_is_left_alone_unless_it_is_told_twice(visitor: Visitor, team: Company) -> None:
    production = renamed(team.kubeconfig, "eu-prod-1", visitor.line.place / "prod.kubeconfig")
    before = team.objects()
    options = ("--context", "eu-prod-1", "--kubeconfig", str(production))
    ran = visitor.start(*options)
    assert ran.code == 2
    assert "reads like production" in ran.err
    assert team.objects() == before
    visitor.started(*options, "--yes-really")
    visitor.line.fine("down")
    _as_before(team, before)


def test_a_context_has_to_be_named(visitor: Visitor) -> None:
    ran = visitor.start("--context", "")
    assert ran.code == 2
    assert "There are: team" in ran.err
    assert "'other'" in visitor.start("--context", "other").err
    wrong = visitor.line("start", "first-sync", "--context", "team")
    assert wrong.code == 2
    assert "--provider existing" in wrong.err


@wide
@pytest.mark.parametrize("plugin", ["./login"])
def test_credentials_come_from_a_plugin_as_with_kubectl(
    visitor: Visitor, team: Company, plugin: str
) -> None:
    """An exec entry, as clouds use it: the token is in no file that we keep."""
    from gitops_lab.kube import yamls

    config = yamls.load(team.kubeconfig.read_text())
    token = config["users"][0]["user"]["token"]
    version = "client.authentication.k8s.io/v1"
    kubeconfig = visitor.line.place / "plugin.kubeconfig"
    program = visitor.line.place / "login"
    answer = f'{{"apiVersion":"{version}","kind":"ExecCredential","status":{{"token":"{token}"}}}}'
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    entry = {"apiVersion": version, "command": plugin, "interactiveMode": "Never"}
    config["users"][0]["user"] = {"exec": entry}
    kubeconfig.write_text(yamls.dump(config))
    visitor.started("--kubeconfig", str(kubeconfig))
    assert visitor.app()["sync"]["status"] == "Synced"
    root = next(visitor.line.home.glob("workspaces/*/"))
    assert token not in (root / "kubeconfig").read_text()
    visitor.line.fine("down")

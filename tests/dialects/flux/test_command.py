"""The genuine `flux` command, driven as its documentation does, against the embedded cluster."""

import json
from collections.abc import Iterator

import pytest

from gitops_lab.kube.objects import condition_of
from gitops_lab.kube.yamls import load_all
from tests.dialects.flux.command import MISSING, TOKEN, Lab, flux_path, lab
from tests.engine.world import config_yaml
from tests.waiting import eventually

KUSTOMIZATION = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "gitops-lab/web:1.0"}]
"""
FILES = {"deploy/web.yaml": WEB, "deploy/settings.yaml": config_yaml("settings", colour="blue")}


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A workspace in which `flux create` has made a source and a Kustomization."""
    program = flux_path()
    if program is None:
        pytest.skip(MISSING)
    with lab(tmp_path_factory.mktemp("flux-command"), program, ("flux",)) as found:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "apps"}}
        found.client.create(namespace)
        found.repositories.create("web", FILES, message="Add the app")
        made = found.flux(
            *("create", "source", "git", "web", f"--url={found.url('web')}", "--branch=main"),
            *("--interval=10m", "--timeout=1m"),
        )
        assert "GitRepository source reconciliation completed" in made
        assert f"fetched revision: main@sha1:{found.repositories.resolve('web', 'main')}" in made
        made = found.flux(
            *("create", "kustomization", "web", "--source=GitRepository/web", "--path=./deploy"),
            *("--prune=true", "--interval=10m", "--target-namespace=apps", "--timeout=1m"),
        )
        assert "applied revision main@sha1:" in made
        yield found


def test_get_all_shows_what_there_is(flux: Lab) -> None:
    told = flux.flux("get", "all", "-A")
    assert "gitrepository/web" in told
    assert "kustomization/web" in told
    assert told.count("True") >= 2
    assert "stored artifact for revision 'main@sha1:" in told
    rows = flux.flux("get", "kustomizations", "--no-header").split()
    assert rows[0] == "web"


def test_reconcile_with_source_brings_a_commit_that_nobody_told_of(flux: Lab) -> None:
    sha = flux.repositories.commit(
        "web", "main", "Turn it green", {"deploy/settings.yaml": config_yaml("settings", c="green")}
    )
    told = flux.flux("reconcile", "kustomization", "web", "--with-source")
    assert f"fetched revision main@sha1:{sha}" in told
    assert f"applied revision main@sha1:{sha}" in told
    assert flux.client.get("v1", "ConfigMap", "settings", "apps")["data"] == {"c": "green"}
    assert "annotated" in flux.flux("reconcile", "source", "git", "web")


def test_suspend_and_resume(flux: Lab) -> None:
    assert "kustomization suspended" in flux.flux("suspend", "kustomization", "web")
    assert "True" in flux.flux("get", "kustomizations", "web", "--no-header").split()[2:3]
    told = flux.flux("reconcile", "kustomization", "web", fails=True)
    assert "suspended" in told
    told = flux.flux("resume", "kustomization", "web")
    assert "kustomization resumed" in told
    assert "applied revision main@sha1:" in told
    assert "source git suspended" in flux.flux("suspend", "source", "git", "web")
    assert "source git resumed" in flux.flux("resume", "source", "git", "web")


def test_tree_and_trace_find_what_belongs_together(flux: Lab) -> None:
    tree = flux.flux("tree", "kustomization", "web")
    assert "Kustomization/flux-system/web" in tree
    assert "Deployment/apps/web" in tree
    assert "ConfigMap/apps/settings" in tree
    trace = flux.flux("trace", "deployment", "web", "-n", "apps")
    facts = {tuple(row.split(maxsplit=1)) for row in trace.splitlines() if ":" in row}
    assert ("Object:", "Deployment/web") in facts
    assert ("Status:", "Managed by Flux") in facts
    assert ("Kustomization:", "web") in facts
    assert ("GitRepository:", "web") in facts


def test_events_and_stats(flux: Lab) -> None:
    events = flux.flux("events", "--for", "Kustomization/web")
    assert "ReconciliationSucceeded" in events
    assert "Reconciliation finished in" in events
    assert "NewArtifact" in flux.flux("events", "--for", "GitRepository/web")
    stats = flux.flux("stats")
    rows = {row.split()[0]: row.split() for row in stats.splitlines()[1:] if row.strip()}
    assert int(rows["GitRepository"][1]) >= 1
    assert int(rows["Kustomization"][1]) >= 1


def test_debug_shows_status_variables_and_history(flux: Lab) -> None:
    status = flux.flux("debug", "kustomization", "web", "--show-status")
    assert "ReconciliationSucceeded" in status
    history = flux.flux("debug", "kustomization", "web", "--show-history")
    assert "totalReconciliations" in history
    flux.client.patch(
        {**KUSTOMIZATION, "metadata": {"name": "web", "namespace": "flux-system"}},
        {"spec": {"postBuild": {"substitute": {"colour": "red"}}}},
    )
    assert "colour=red" in flux.flux("debug", "kustomization", "web", "--show-vars")


def test_build_and_diff_of_a_folder_on_disk(flux: Lab) -> None:
    folder = flux.cluster.home / "clone" / "deploy"
    flux.repositories.export("web", "main", "deploy", folder)
    built = flux.flux("build", "kustomization", "web", "--path", str(folder))
    objects = [document.obj for document in load_all(built)]
    assert {obj["kind"] for obj in objects} == {"Deployment", "ConfigMap"}
    labels = objects[0]["metadata"]["labels"]
    assert labels["kustomize.toolkit.fluxcd.io/name"] == "web"
    flux.flux("diff", "kustomization", "web", "--path", str(folder))
    settings = folder / "settings.yaml"
    settings.chmod(0o644)
    settings.write_text(config_yaml("settings", c="red"))
    told = flux.flux("diff", "kustomization", "web", "--path", str(folder), fails=True)
    assert "ConfigMap/apps/settings drifted" in told
    assert "red" in told


def test_export_is_what_create_made(flux: Lab) -> None:
    [source] = load_all(flux.flux("export", "source", "git", "web"))
    assert source.obj["spec"] == {
        "interval": "10m0s",
        "ref": {"branch": "main"},
        "timeout": "1m0s",
        "url": flux.url("web"),
    }
    [kustomization] = load_all(flux.flux("export", "kustomization", "web"))
    assert kustomization.obj["spec"]["targetNamespace"] == "apps"
    both = flux.flux("export", "source", "git", "--all")
    assert "kind: GitRepository" in both


def test_a_source_that_can_not_be_had_is_waited_for_and_shown(flux: Lab) -> None:
    told = flux.flux(
        *("create", "source", "git", "none", f"--url={flux.url('none')}", "--branch=main"),
        *("--timeout=5s",),
        fails=True,
    )
    assert "context deadline exceeded" in told
    assert "repository not found" in flux.flux("get", "sources", "git", "none", "--no-header")
    flux.flux("delete", "source", "git", "none", "--silent")


def test_delete_prunes_as_flux_does(flux: Lab) -> None:
    flux.flux(
        *("create", "kustomization", "gone", "--source=GitRepository/web", "--path=./deploy"),
        *("--prune=true", "--interval=10m", "--target-namespace=default"),
    )
    assert flux.client.get("v1", "ConfigMap", "settings", "default")
    assert "kustomization deleted" in flux.flux("delete", "kustomization", "gone", "--silent")
    eventually(lambda: "settings" not in _names(flux, "default"))


def test_install_is_adopted_and_its_controllers_stand_for_ours(flux: Lab) -> None:
    told = flux.flux("install", "--timeout=2m", seconds=180)
    assert "install finished" in told
    pods = flux.client.list("v1", "Pod", "flux-system").items
    assert {(condition_of(pod, "Ready") or {})["status"] for pod in pods} == {"True"}
    images = json.dumps(pods)
    assert "ghcr.io/fluxcd/kustomize-controller" in images
    assert "ImagePullBackOff" not in images
    checked = flux.flux("check")
    assert "all checks passed" in checked
    assert "kustomize-controller: v" in flux.flux("version")
    assert "its image ghcr.io/fluxcd/source-controller" in flux.flux("logs")
    flux.flux("reconcile", "kustomization", "web", "--with-source")


def test_bootstrap_git_keeps_flux_itself_in_a_repository(flux: Lab) -> None:
    flux.repositories.create("fleet", {"README.md": "fleet\n"}, message="Begin")
    told = flux.flux(
        *("bootstrap", "git", f"--url={flux.url('fleet')}", "--username=learner"),
        *(f"--password={TOKEN}", "--token-auth", "--allow-insecure-http", "--branch=main"),
        *("--path=clusters/lab", "--timeout=2m", "--silent"),
        seconds=300,
    )
    assert "all components are healthy" in told
    files = flux.repositories.files("fleet", "main", "clusters/lab/flux-system")
    assert sorted(files) == ["gotk-components.yaml", "gotk-sync.yaml", "kustomization.yaml"]
    extra = config_yaml("extra").replace("name: extra", "name: extra\n  namespace: default")
    flux.push("fleet", {"clusters/lab/extra.yaml": extra})
    eventually(lambda: "extra" in _names(flux, "default"), timeout=60)


def _names(flux: Lab, namespace: str) -> list[str]:
    found = flux.client.list("v1", "ConfigMap", namespace).items
    return [obj["metadata"]["name"] for obj in found]

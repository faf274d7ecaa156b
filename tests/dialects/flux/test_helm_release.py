"""HelmReleases made by the genuine helm, from charts in Git."""

import itertools
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from gitops_lab.dialects.flux.helm.storage import Storage, encode
from gitops_lab.kube import Object
from gitops_lab.kube.objects import condition_of
from tests.apiserver.servers import RunningServer
from tests.dialects.flux.world import GIT, GROUPS, FluxWorld, ready_of
from tests.tools import genuine
from tests.waiting import eventually

HELM = "helm.toolkit.fluxcd.io/v2"
_numbers = itertools.count(1)
GROUPS.update({"HelmChart": "source.toolkit.fluxcd.io/v1", "HelmRelease": HELM})
CHART = {
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: '1.0'\n",
    "charts/web/values.yaml": "colour: blue\nfail: false\n",
    "charts/web/templates/web.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  colour: {{ .Values.colour }}
  {{- if .Values.fail }}
  bad: [this, is, no, text]
  {{- end }}
""",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    genuine("helm")
    server = RunningServer(tmp_path_factory.mktemp("helm-cluster")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def running(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FluxWorld]:
    """The dialect, once for all tests of this file."""
    root = tmp_path_factory.mktemp("helm-flux")
    (root / "kubeconfig").write_text(server.kubeconfig.read_text())
    client = server.client()
    world = FluxWorld(client, root, "default")
    world.start()
    yield world
    world.stop()
    client.close()


@pytest.fixture
def flux(running: FluxWorld) -> FluxWorld:
    """A namespace, a repository of the same name, and Flux that reads it."""
    namespace = f"h{next(_numbers)}"
    metadata = {"name": namespace}
    running.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    world = FluxWorld(running.client, running.root, namespace, dialect=running.dialect)
    world.repo(CHART, namespace)
    world.git(url=f"{GIT}/{namespace}.git")
    return world


def release(flux: FluxWorld, name: str = "web", **spec: Any) -> Object:
    source = {"kind": "GitRepository", "name": "web"}
    chart = {"spec": {"chart": "charts/web", "sourceRef": source}}
    return flux.create("HelmRelease", name, **{"interval": "10m", "chart": chart, **spec})


def helm(flux: FluxWorld, *arguments: str) -> Any:
    command = [genuine("helm"), *arguments, "-n", flux.namespace, "-o", "json"]
    environment = {"KUBECONFIG": str(flux.root / "kubeconfig"), "HOME": str(flux.root)}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)


def set_values(flux: FluxWorld, **values: Any) -> None:
    flux.patch("HelmRelease", {"spec": {"values": values}})


def test_it_is_installed_and_helm_agrees(flux: FluxWorld) -> None:
    release(flux)
    obj = flux.until_ready("HelmRelease")
    name = f"{flux.namespace}/web.v1"
    assert ready_of(obj) == (
        "True",
        "InstallSucceeded",
        f"Helm install succeeded for release {name} with chart web@1.0.0",
    )
    [snapshot] = obj["status"]["history"]
    assert (snapshot["version"], snapshot["status"], snapshot["action"]) == (
        1,
        "deployed",
        "install",
    )
    assert obj["status"]["inventory"]["entries"] == [
        {"id": f"{flux.namespace}_web__ConfigMap", "v": "v1"}
    ]
    assert obj["status"]["helmChart"] == f"{flux.namespace}/{flux.namespace}-web"
    [listed] = helm(flux, "list")
    assert (listed["name"], listed["revision"], listed["chart"]) == ("web", "1", "web-1.0.0")
    labels = (flux.config_map("web") or {})["metadata"]["labels"]
    assert labels["helm.toolkit.fluxcd.io/name"] == "web"


def test_values_are_put_together_in_order(flux: FluxWorld) -> None:
    for name, text in (("one", "colour: green\n"), ("two", "red")):
        key = "values.yaml" if name == "one" else "colour"
        metadata = {"name": name, "namespace": flux.namespace}
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
        flux.client.create({**config, "data": {key: text}})
    first = {"kind": "ConfigMap", "name": "one"}
    second = {"kind": "ConfigMap", "name": "two", "valuesKey": "colour", "targetPath": "colour"}
    missing = {"kind": "Secret", "name": "none", "optional": True}
    release(flux, valuesFrom=[first, second, missing])
    flux.until_ready("HelmRelease")
    assert (flux.config_map("web") or {})["data"]["colour"] == "red"
    assert helm(flux, "get", "values", "web") == {"colour": "red"}


def test_values_with_the_label_are_followed(flux: FluxWorld) -> None:
    metadata = {
        "name": "watched",
        "namespace": flux.namespace,
        "labels": {"reconcile.fluxcd.io/watch": "Enabled"},
    }
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    flux.client.create({**config, "data": {"values.yaml": "colour: green"}})
    release(flux, valuesFrom=[{"kind": "ConfigMap", "name": "watched"}])
    flux.until_ready("HelmRelease")
    flux.client.patch(config, {"data": {"values.yaml": "colour: red"}})
    eventually(lambda: (flux.config_map("web") or {})["data"]["colour"] == "red", timeout=30)


def test_a_failed_upgrade_is_rolled_back_and_stalls(flux: FluxWorld) -> None:
    release(flux, upgrade={"remediation": {"retries": 1}})
    flux.until_ready("HelmRelease")
    set_values(flux, fail=True)
    stalled = flux.until(
        "HelmRelease",
        lambda obj: any(c["type"] == "Stalled" for c in obj["status"]["conditions"]),
    )
    status = stalled["status"]
    assert ready_of(stalled)[1] == "RollbackSucceeded"
    assert status["upgradeFailures"] == 2
    reasons = {c["type"]: c["reason"] for c in status["conditions"]}
    assert reasons["Released"] == "UpgradeFailed"
    assert reasons["Stalled"] == "RetriesExceeded"
    assert [one["status"] for one in helm(flux, "history", "web")][-1] == "deployed"
    assert (flux.config_map("web") or {})["data"] == {"colour": "blue"}
    set_values(flux, fail=False, colour="green")
    flux.until_ready("HelmRelease")
    assert (flux.config_map("web") or {})["data"]["colour"] == "green"


def test_health_is_judged_by_expressions_and_helm_agrees(flux: FluxWorld) -> None:
    rule = {"failed": "data.colour == 'red'", "current": "data.colour == 'blue'"}
    release(flux, healthCheckExprs=[{"apiVersion": "v1", "kind": "ConfigMap", **rule}])
    flux.until_ready("HelmRelease")
    set_values(flux, colour="red")
    obj = flux.until("HelmRelease", lambda obj: condition_of(obj, "Stalled"))
    told = (
        f"failed early due to stalled resources: [ConfigMap/{flux.namespace}/web status: 'Failed']"
    )
    assert ready_of(obj)[2].endswith(told)
    history = helm(flux, "history", "web")
    assert [one["status"] for one in history] == ["deployed", "failed"]


def test_drift_is_healed_only_when_asked(flux: FluxWorld) -> None:
    release(flux, interval="1s")
    flux.until_ready("HelmRelease")
    live = flux.config_map("web") or {}
    flux.client.patch(live, {"data": {"colour": "painted"}})
    handled = flux.patch("HelmRelease", _request("1"))
    flux.until("HelmRelease", lambda obj: obj["status"].get("lastHandledReconcileAt") == "1")
    assert (flux.config_map("web") or {})["data"]["colour"] == "painted"
    assert handled
    flux.patch("HelmRelease", {"spec": {"driftDetection": {"mode": "enabled"}}})
    eventually(lambda: (flux.config_map("web") or {})["data"]["colour"] == "blue", timeout=20)

    def told() -> set[str]:
        return {event["reason"] for event in flux.events("HelmRelease")}

    eventually(lambda: {"DriftDetected", "DriftCorrected"} <= told())


def _request(value: str) -> Object:
    return {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": value}}}


def test_dependencies_come_first(flux: FluxWorld) -> None:
    release(flux, "front", dependsOn=[{"name": "web"}], releaseName="front", values={"fail": True})
    flux.until("HelmRelease", lambda obj: ready_of(obj)[1] == "DependencyNotReady", "front")
    release(flux)
    flux.until_ready("HelmRelease")
    flux.until("HelmRelease", lambda obj: ready_of(obj)[1] == "InstallFailed", "front")


def test_a_deletion_uninstalls_and_a_suspended_one_leaves_all(flux: FluxWorld) -> None:
    release(flux)
    flux.until_ready("HelmRelease")
    flux.patch("HelmRelease", {"spec": {"suspend": True}})
    flux.until("HelmRelease", lambda obj: obj["status"]["observedGeneration"] == 2)
    flux.delete("HelmRelease")
    assert flux.config_map("web")
    release(flux)
    flux.until_ready("HelmRelease")
    flux.delete("HelmRelease")
    assert flux.config_map("web") is None
    assert Storage(flux.client, flux.namespace).all("web") == []


def test_a_release_is_stored_where_it_is_asked(flux: FluxWorld) -> None:
    target = f"{flux.namespace}-apps"
    release(flux, targetNamespace=target, install={"createNamespace": True})
    obj = flux.until_ready("HelmRelease")
    [snapshot] = obj["status"]["history"]
    assert (snapshot["name"], snapshot["namespace"]) == (f"{target}-web", target)
    assert obj["status"]["storageNamespace"] == flux.namespace
    [listed] = helm(flux, "list")
    assert (listed["name"], listed["namespace"]) == (f"{target}-web", target)
    assert flux.client.get("v1", "ConfigMap", "web", target)["data"]["colour"] == "blue"
    set_values(flux, colour="green")
    flux.until("HelmRelease", lambda obj: ready_of(obj)[1] == "UpgradeSucceeded")
    assert Storage(flux.client, target).all(f"{target}-web") == []


def test_a_new_version_in_git_is_released(flux: FluxWorld) -> None:
    release(flux)
    flux.until_ready("HelmRelease")
    metadata = yaml.safe_load(CHART["charts/web/Chart.yaml"]) | {"version": "1.1.0"}
    flux.push(repo=flux.namespace, files={"charts/web/Chart.yaml": yaml.safe_dump(metadata)})
    obj = flux.until("HelmRelease", lambda obj: ready_of(obj)[1] == "UpgradeSucceeded")
    assert obj["status"]["history"][0]["chartVersion"] == "1.1.0"
    assert obj["status"]["lastAttemptedRevision"] == "1.1.0"


def test_what_is_not_served_is_named(flux: FluxWorld) -> None:
    release(flux, kubeConfig={"secretRef": {"name": "other"}})
    obj = flux.until_ready("HelmRelease", "False")
    assert ready_of(obj)[1] == "UnsupportedField"
    assert "spec.kubeConfig" in ready_of(obj)[2]


def test_a_post_renderer_changes_objects(flux: FluxWorld) -> None:
    patch = '[{"op": "add", "path": "/data/more", "value": "here"}]'
    rule = {"patch": patch, "target": {"kind": "ConfigMap"}}
    release(flux, postRenderers=[{"kustomize": {"patches": [rule]}}])
    obj = flux.until_ready("HelmRelease")
    assert (flux.config_map("web") or {})["data"] == {"colour": "blue", "more": "here"}
    assert obj["status"]["observedPostRenderersDigest"].startswith("sha256:")


def test_its_tests_are_run_and_remembered(flux: FluxWorld) -> None:
    hook = {"helm.sh/hook": "test"}
    metadata = {"name": "probe", "annotations": hook}
    test = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    files = {"charts/web/templates/test.yaml": yaml.safe_dump(test)}
    sha = flux.push(repo=flux.namespace, files=files)
    # A chart of the commit before would stay: its version is the same.
    flux.until("GitRepository", lambda obj: sha in str(obj.get("status", {}).get("artifact")))
    release(flux, test={"enable": True})
    obj = flux.until("HelmRelease", lambda obj: ready_of(obj)[1] == "TestSucceeded")
    assert ready_of(obj)[2].endswith("with chart web@1.0.0: 1 test hook completed successfully")
    assert obj["status"]["history"][0]["testHooks"]["probe"]["phase"] == "Succeeded"
    reasons = {one["type"]: one["reason"] for one in obj["status"]["conditions"]}
    assert reasons["Released"] == "InstallSucceeded"


def test_one_that_was_left_pending_is_unlocked(flux: FluxWorld) -> None:
    release(flux)
    flux.until_ready("HelmRelease")
    storage = Storage(flux.client, flux.namespace)
    stored = storage.last("web")
    assert stored is not None
    stuck = {**stored.data, "info": {**stored.info, "status": "pending-upgrade"}}
    flux.client.patch(stored.secret, {"data": {"release": encode(stuck)}})
    flux.patch("HelmRelease", _request("1"))
    flux.until("HelmRelease", lambda obj: ready_of(obj)[1] == "UpgradeSucceeded")
    messages = [one["message"] for one in flux.events("HelmRelease")]
    unlocked = f"Unlocked Helm release {flux.namespace}/web.v1 with chart web@1.0.0"
    assert any(one.startswith(f"{unlocked} in pending-upgrade state") for one in messages)


def test_a_release_that_somebody_else_changed_is_taken_over(flux: FluxWorld) -> None:
    release(flux)
    flux.until_ready("HelmRelease")
    chart = flux.root / flux.namespace
    (chart / "templates").mkdir(parents=True)
    for name, content in CHART.items():
        (chart / name.removeprefix("charts/web/")).write_text(content)
    arguments = ["upgrade", "web", str(chart), "--set", "colour=painted"]
    helm(flux, *arguments, "--force-conflicts")
    assert (flux.config_map("web") or {})["data"]["colour"] == "painted"
    flux.patch("HelmRelease", _request("1"))
    flux.until("HelmRelease", lambda obj: ready_of(obj)[1] == "UpgradeSucceeded")
    assert (flux.config_map("web") or {})["data"]["colour"] == "blue"
    [latest, *_] = flux.get("HelmRelease")["status"]["history"]
    assert latest["version"] == 3

"""Kustomizations and HelmReleases that write to another cluster, by a kubeconfig in a Secret."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gitops_lab.dialects.flux.clusters import HOME, introduce
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.yamls import dump, load
from tests.apiserver.servers import RunningServer
from tests.dialects.flux.world import GIT, GROUPS, FluxWorld, ready_of
from tests.engine.world import config_yaml
from tests.tools import genuine
from tests.waiting import eventually

FILES = {"deploy/one.yaml": config_yaml("one", a="1"), "deploy/two.yaml": config_yaml("two")}
CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "chart/templates/one.yaml": config_yaml("one", a="1"),
}


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Another cluster."""
    server = RunningServer(tmp_path_factory.mktemp("prod-cluster")).start()
    yield server
    server.stop()


@pytest.fixture
def there(idle: FluxWorld, prod: RunningServer) -> Iterator[Client]:
    """The other cluster, with a namespace of the same name; Flux is at work and may reach it."""
    client = prod.client()
    metadata = {"name": idle.namespace}
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    idle.kubeconfig = prod.kubeconfig
    idle.start()
    yield client
    client.close()


def kubeconfig(prod: RunningServer) -> dict[str, Any]:
    """The kubeconfig of the other cluster, as `introduce` hands it on."""
    config: dict[str, Any] = load(prod.kubeconfig.read_text())
    cluster = config["clusters"][0]["cluster"]
    authority = Path(cluster.pop("certificate-authority")).read_bytes()
    cluster["certificate-authority-data"] = base64.b64encode(authority).decode()
    return config


def secret(flux: FluxWorld, config: Any, key: str = "value", name: str = "prod-kubeconfig") -> None:
    data = {key: base64.b64encode(dump(config).encode()).decode()}
    metadata = {"name": name, "namespace": flux.namespace}
    kind = {"apiVersion": "v1", "kind": "Secret"}
    flux.client.apply({**kind, "metadata": metadata, "data": data}, field_manager="test")


def away(flux: FluxWorld, key: str = "", **spec: Any) -> None:
    """A Kustomization of two ConfigMaps, to the other cluster."""
    reference = {"name": "prod-kubeconfig", **({"key": key} if key else {})}
    flux.repo(FILES)
    flux.git()
    flux.kustomization(kubeConfig={"secretRef": reference}, retryInterval="1s", **spec)


def failed(flux: FluxWorld) -> Object:
    """The Kustomization as soon as it can't write."""
    return flux.until("Kustomization", lambda obj: ready_of(obj)[1] == "ReconciliationFailed")


def test_objects_go_there_and_go_from_there(
    idle: FluxWorld, there: Client, prod: RunningServer
) -> None:
    secret(idle, kubeconfig(prod))
    away(idle, wait=True)
    idle.until_ready("Kustomization")
    assert there.get("v1", "ConfigMap", "one", idle.namespace)["data"] == {"a": "1"}
    assert idle.config_map("one") is None
    idle.push({"deploy/one.yaml": None})
    eventually(lambda: _gone(there, idle.namespace, "one"), timeout=20)
    idle.until_ready("Kustomization")
    idle.delete("Kustomization")
    assert _gone(there, idle.namespace, "two")


def test_a_secret_that_is_missing_or_says_nothing_is_told_in_flux_words(
    idle: FluxWorld, there: Client, prod: RunningServer
) -> None:
    away(idle)
    name = f"{idle.namespace}/prod-kubeconfig"
    obj = failed(idle)
    assert ready_of(obj)[2].startswith(f"unable to read KubeConfig secret '{name}' error: ")
    secret(idle, kubeconfig(prod), key="other")
    told = f"KubeConfig secret '{name}' does not contain a 'value' key with a kubeconfig"
    idle.until("Kustomization", lambda obj: ready_of(obj)[2] == told)
    reference = {"name": "prod-kubeconfig", "key": "other"}
    idle.patch("Kustomization", {"spec": {"kubeConfig": {"secretRef": reference}}})
    idle.until_ready("Kustomization")


def test_a_kubeconfig_must_not_read_files_nor_run_programs(
    idle: FluxWorld, there: Client, prod: RunningServer, tmp_path: Path
) -> None:
    config = kubeconfig(prod)
    token = config["users"][0]["user"].pop("token")
    file = tmp_path / "token"
    file.write_text(token)
    config["users"][0]["user"]["tokenFile"] = str(file)
    secret(idle, config)
    away(idle)
    obj = failed(idle)
    told = "user 'admin' references a tokenFile, only an inline token is supported"
    assert ready_of(obj)[2].endswith(told)
    ran = tmp_path / "ran"
    program = {"apiVersion": "client.authentication.k8s.io/v1", "command": "touch"}
    config["users"][0]["user"] = {"exec": {**program, "args": [str(ran)]}}
    secret(idle, config)
    idle.until("Kustomization", lambda obj: "system:anonymous" in ready_of(obj)[2])
    assert not ran.exists()


def test_a_cloud_is_refused_and_so_is_every_other_cluster_beside_a_guarded_one(
    flux: FluxWorld,
) -> None:
    flux.repo(FILES)
    flux.git()
    flux.kustomization("cloud", kubeConfig={"configMapRef": {"name": "gke"}})
    flux.kustomization("other", kubeConfig={"secretRef": {"name": "prod-kubeconfig"}})
    for name, field in (("cloud", "spec.kubeConfig.configMapRef"), ("other", "spec.kubeConfig")):
        obj = flux.until_ready("Kustomization", "False", name)
        assert ready_of(obj)[1] == "UnsupportedField"
        assert ready_of(obj)[2].startswith(f"{field} is not supported by GitOps Lab")


def test_a_release_goes_there_and_goes_from_there(
    idle: FluxWorld, there: Client, prod: RunningServer
) -> None:
    genuine("helm")
    GROUPS["HelmRelease"] = "helm.toolkit.fluxcd.io/v2"
    secret(idle, kubeconfig(prod))
    idle.repo(CHART)
    idle.git(url=f"{GIT}/web.git")
    source = {"kind": "GitRepository", "name": "web"}
    idle.create(
        "HelmRelease",
        "web",
        interval="10m",
        kubeConfig={"secretRef": {"name": "prod-kubeconfig"}},
        chart={"spec": {"chart": "chart", "sourceRef": source}},
    )
    idle.until_ready("HelmRelease")
    assert there.get("v1", "ConfigMap", "one", idle.namespace)["data"] == {"a": "1"}
    assert there.get("v1", "Secret", "sh.helm.release.v1.web.v1", idle.namespace)
    assert idle.config_map("one") is None
    idle.delete("HelmRelease")
    assert _gone(there, idle.namespace, "one")


def test_each_other_cluster_of_a_workspace_is_introduced(
    idle: FluxWorld, prod: RunningServer, tmp_path: Path
) -> None:
    config = kubeconfig(prod)
    config["contexts"].append({"name": "own", "context": {"cluster": "main", "user": "admin"}})
    file = tmp_path / "kubeconfig"
    file.write_text(dump(config))
    metadata = {"name": HOME}
    home = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    idle.client.apply(home, field_manager="test")
    introduce(idle.client, file, "own")
    introduce(idle.client, file, "own")  # again, after a restart
    found = idle.client.get("v1", "Secret", "main-kubeconfig", HOME)
    told = load(base64.b64decode(found["data"]["value"]).decode())
    assert told["current-context"] == "main"
    assert [one["name"] for one in told["contexts"]] == ["main"]
    with pytest.raises(NotFound):
        idle.client.get("v1", "Secret", "own-kubeconfig", HOME)


def _gone(client: Client, namespace: str, name: str) -> bool:
    try:
        client.get("v1", "ConfigMap", name, namespace)
    except NotFound:
        return True
    return False

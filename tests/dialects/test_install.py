"""The first commands of Argo CD's tutorials: its install.yaml is adopted, and runs nothing."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gitops_lab.dialects.conditions import is_true
from gitops_lab.kube import Object
from gitops_lab.kube.errors import ApiError
from tests.clients.cluster import kubectl_path
from tests.dialects.flux.command import Lab, lab
from tests.dialects.runner.programs import ARGOCD
from tests.engine.world import config_yaml
from tests.waiting import eventually

_PODS = 7
MISSING = f"Argo CD's module is not here: `go mod download {ARGOCD.module}@{ARGOCD.version}`"


def _manifest() -> Path | None:
    """The file in Go's cache of modules, if it is there."""
    asked = ["go", "env", "GOMODCACHE"]
    try:
        cache = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except OSError:
        return None
    folder = Path(cache, "github.com/argoproj/argo-cd", f"v3@{ARGOCD.version}")
    found = folder / "manifests" / "install.yaml"
    return found if found.exists() else None


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A workspace without any engine but its own."""
    if _manifest() is None:
        pytest.skip(MISSING)
    with lab(tmp_path_factory.mktemp("install"), Path("flux"), ()) as found:
        yield found


def test_install_yaml_of_argo_cd_is_adopted(empty: Lab) -> None:
    kubectl = kubectl_path()
    empty.cluster.run(kubectl, "create", "namespace", "argocd")
    install = ("apply", "-n", "argocd", "--server-side", "--force-conflicts", "-f")
    empty.cluster.run(kubectl, *install, str(_manifest()))
    eventually(lambda: empty.dialects.running == ("argocd",), timeout=60)
    eventually(lambda: "Adopted" in _reasons(empty))
    _all_pods_stand(empty)
    _an_application_is_served(empty)


def _reasons(empty: Lab) -> set[str]:
    return {event["reason"] for event in empty.client.list("v1", "Event", "default").items}


def _all_pods_stand(empty: Lab) -> None:
    def standing() -> bool:
        pods = empty.client.list("v1", "Pod", "argocd").items
        assert "ImagePullBackOff" not in str(pods)
        waiting = [_container_states(pod) for pod in pods if not is_true(pod, "Ready")]
        assert not waiting, waiting
        return len(pods) >= _PODS

    eventually(standing, timeout=60)


def _container_states(pod: Object) -> tuple[str, list[Any]]:
    """The pod's name, and how its containers stand."""
    status = pod["status"]
    every = (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ()))
    return pod["metadata"]["name"], [one["state"] for one in every]


def _an_application_is_served(empty: Lab) -> None:
    empty.repositories.create("web", {"deploy/one.yaml": config_yaml("one")}, message="Begin")
    application = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": empty.url("web"), "path": "deploy", "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
            "syncPolicy": {"automated": {}},
        },
    }
    empty.client.create(application)

    def made() -> bool:
        try:
            return bool(empty.client.get("v1", "ConfigMap", "one", "default"))
        except ApiError:
            return False

    eventually(made, timeout=30)

"""Helm 4 and Helm 3, as they are published, through the life of a release."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.cluster import Cluster
from tests.oracle.genuine import programs

Helm = Callable[..., str]

CACHE = Path(os.environ.get("GITOPS_LAB_CACHE") or Path.home() / ".cache" / "gitops-lab")
HELM_4 = CACHE / "tools" / "helm"
CHART = Path(__file__).with_name("chart")
WAIT = ("--wait", "--timeout=60s")


@pytest.fixture(params=["helm4", "helm3"])
def helm(request: pytest.FixtureRequest, running: Cluster, namespace: str) -> Helm:
    """One Helm in the test's namespace."""
    path = HELM_4 if request.param == "helm4" else programs()["helm3"]
    command = "tools" if request.param == "helm4" else "oracle build --only helm3"
    if not path.exists():
        pytest.skip(f"{path} is not there: run `scripts/{command}`")

    def run(*arguments: str, fails: bool = False) -> str:
        done = running.run(path, f"--namespace={namespace}", *arguments, fails=fails)
        return done.stdout + done.stderr

    return run


def test_a_release_lives_from_install_to_uninstall(
    helm: Helm, kubectl: Callable[..., object], running: Cluster
) -> None:
    helm("install", "shop", str(CHART), *WAIT)
    assert message(kubectl) == "hello"
    helm("upgrade", "shop", str(CHART), "--set=message=changed,replicas=2", *WAIT)
    assert message(kubectl) == "changed"
    helm("rollback", "shop", "1", *WAIT)
    assert message(kubectl) == "hello"
    shown = json.loads(helm("history", "shop", "-o", "json"))
    assert [each["status"] for each in shown] == ["superseded", "superseded", "deployed"]
    assert [each["name"] for each in json.loads(helm("list", "-o", "json"))] == ["shop"]
    helm("uninstall", "shop", "--wait", "--timeout=60s")
    assert json.loads(helm("list", "-o", "json")) == []


def test_its_tests_run_as_pods(helm: Helm) -> None:
    helm("install", "shop", str(CHART), *WAIT)
    assert "Succeeded" in helm("test", "shop", "--timeout=60s")
    assert "200" in helm("test", "shop", "--logs", "--timeout=60s")


def test_templates_learn_what_the_cluster_is(helm: Helm, kubectl: Callable[..., object]) -> None:
    helm("install", "shop", str(CHART))
    assert data(kubectl)["kubernetes"].startswith("v1.37")
    assert data(kubectl)["existing"] == "kube-system"


def test_a_failed_upgrade_goes_back(helm: Helm, kubectl: Callable[..., object]) -> None:
    helm("install", "shop", str(CHART), *WAIT)
    bad = "--set=image=gitops-lab/none:1,message=bad"
    undo = "--rollback-on-failure" if "v4" in helm("version", "--short") else "--atomic"
    helm("upgrade", "shop", str(CHART), bad, undo, "--wait", "--timeout=3s", fails=True)
    assert message(kubectl) == "hello"


def test_a_second_install_is_refused(helm: Helm) -> None:
    helm("install", "shop", str(CHART))
    refused = helm("install", "shop", str(CHART), fails=True)
    assert "a name that is still in use" in refused


def data(kubectl: Callable[..., object]) -> dict[str, str]:
    shown = kubectl("get", "configmap", "shop", "-o", "jsonpath={.data}")
    found: dict[str, str] = json.loads(shown.stdout)  # type: ignore[attr-defined]
    return found


def message(kubectl: Callable[..., object]) -> str:
    return data(kubectl)["message"]

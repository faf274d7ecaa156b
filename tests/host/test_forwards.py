"""A Service in somebody's cluster is reached from here, for as long as it is there."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.host.forwards import Forwards
from gitops_lab.kube import Object
from tests.waiting import eventually
from tests.workspace.existing.company import CONTEXT, Company, company, namespace

OURS = {"ours": "yes"}
IMAGE = "gitops-lab/web:1.0"


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company")) as running:
        running.apply(namespace("web"))
        running.apply(_deployment())
        yield running


def _deployment() -> Object:
    labels = {"app": "web"}
    container = {"name": "web", "image": IMAGE, "ports": [{"containerPort": 8080}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "web"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def _service(name: str, **spec: str) -> Object:
    ports = [{"port": 80, "targetPort": 8080}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "web", "labels": OURS},
        "spec": {"selector": {"app": "web"}, "ports": ports, "type": "NodePort", **spec},
    }


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/info", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _delete(team: Company, name: str) -> None:
    team.client.delete("v1", "Service", name, "web")


def test_a_service_is_reached_also_by_the_next_pod_and_no_more_once_it_is_gone(
    team: Company,
) -> None:
    forwards = Forwards(team.client, "ours=yes", team.kubeconfig, CONTEXT)
    forwards.start()
    try:
        team.apply(_service("web"))
        team.apply(_service("inner", type="ClusterIP"))
        url = eventually(lambda: forwards.urls().get("web/web"), timeout=30)
        eventually(lambda: _answers(url), timeout=30)
        assert list(forwards.urls()) == ["web/web"]
        [pod] = team.client.list("v1", "Pod", "web").items
        team.client.delete("v1", "Pod", pod["metadata"]["name"], "web", grace_seconds=0)
        eventually(lambda: _answers(url), timeout=30)
        _delete(team, "web")
        eventually(lambda: not _answers(url))
        assert not forwards.urls()
    finally:
        forwards.stop()
        _delete(team, "inner")


def test_the_ways_end_when_their_process_is_killed(team: Company, tmp_path: Path) -> None:
    team.apply(_service("killed"))
    text = (
        "import time; from gitops_lab.host.forwards import Forwards; from pathlib import Path;"
        "from gitops_lab.kube import Client;"
        f"k = Path({str(team.kubeconfig)!r}); c = Client.from_kubeconfig(k, {CONTEXT!r});"
        f"f = Forwards(c, 'ours=yes', k, {CONTEXT!r}); f.start()\n"
        "while not f.urls(): time.sleep(0.05)\n"
        "print(f.urls()['web/killed'], flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    url = process.stdout.readline().strip()
    try:
        eventually(lambda: _answers(url), timeout=30)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    eventually(lambda: not _answers(url))
    _delete(team, "killed")

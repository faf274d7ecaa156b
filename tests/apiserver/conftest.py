"""One API server for the whole module tree, and a namespace of its own for each test."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitops_lab.kube.client import Client
from tests.apiserver.servers import RunningServer

_numbers = itertools.count(1)
Kubectl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path_factory.mktemp("apiserver")).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def client(server: RunningServer) -> Iterator[Client]:
    made = server.client()
    yield made
    made.close()


@pytest.fixture
def namespace(client: Client) -> str:
    name = f"test-{next(_numbers)}"
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


def kubectl_path() -> str:
    return str(Path(sys.executable).with_name("kubectl"))


@pytest.fixture
def kubectl(
    server: RunningServer, namespace: str, tmp_path_factory: pytest.TempPathFactory
) -> Kubectl:
    """The real kubectl in the test's namespace; fails the test unless `fails` is said."""
    home = tmp_path_factory.getbasetemp() / "home"
    kubeconfig = server.kubeconfig

    def run(
        *arguments: str, stdin: str = "", fails: bool = False
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [kubectl_path(), f"--kubeconfig={kubeconfig}", f"--namespace={namespace}", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={"HOME": str(home), "PATH": os.environ["PATH"], "KUBE_EDITOR": "true"},
        )
        assert bool(done.returncode) == fails, f"{arguments}: {done.stdout}{done.stderr}"
        return done

    return run

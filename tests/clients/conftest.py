"""One embedded cluster for all clients, and a namespace of its own for each test."""

import gc
import itertools
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.clients.cluster import Cluster, cluster, kubectl_path

Kubectl = Callable[..., subprocess.CompletedProcess[str]]

_numbers = itertools.count(1)

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: main
        image: gitops-lab/web:1.0
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /readyz, port: 8080}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
"""


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("clients")) as found:
        yield found


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """What a client leaves unclosed is told of within its own test."""
    yield
    gc.collect()


@pytest.fixture
def namespace(running: Cluster) -> Iterator[str]:
    name = f"client-{next(_numbers)}"
    running.run(kubectl_path(), "create", "namespace", name)
    yield name
    running.run(kubectl_path(), "delete", "namespace", name, "--wait=false")


@pytest.fixture
def kubectl(running: Cluster, namespace: str) -> Kubectl:
    """The real kubectl in the test's namespace; fails the test unless `fails` is said."""

    def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        return running.run(
            kubectl_path(),
            f"--namespace={namespace}",
            *arguments,
            **options,  # type: ignore[arg-type]
        )

    return run


@pytest.fixture
def web(kubectl: Kubectl) -> str:
    """Name of a running pod of the sample, behind a Service."""
    kubectl("apply", "-f-", stdin=WEB)
    kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    return kubectl("get", "pod", "-l", "app=web", "-o", "jsonpath={.items[0].metadata.name}").stdout

"""One cluster for all tests of this folder: an API server, the controllers, a pretended kubelet.

The tests run against the embedded server; with `-m oracle` also against the genuine one.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gitops_lab.controllers import Manager
from gitops_lab.kube import Client
from tests.waiting import eventually

from .cluster import Cluster
from .kubelet import Kubelet
from .servers import embedded, genuine

_NUMBERS = itertools.count(1)


@pytest.fixture(
    scope="session", params=["embedded", pytest.param("genuine", marks=pytest.mark.oracle)]
)
def running(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Cluster]:
    folder: Path = tmp_path_factory.mktemp("cluster")
    server = embedded if request.param == "embedded" else genuine
    with server(folder) as endpoint:
        ca_file = str(endpoint.ca_file)
        client = Client(endpoint.url, token=endpoint.token, ca_file=ca_file)
        own = Client(
            endpoint.url,
            token=endpoint.token,
            ca_file=ca_file,
            user_agent="kube-controller-manager",
        )
        kubelet = Kubelet(client)
        found = Cluster(client, kubelet, lambda: Manager(own, ca_file=endpoint.ca_file))
        found.start_controllers()
        kubelet.start()
        yield found
        kubelet.stop()
        found.stop_controllers()
        own.close()
        client.close()


@pytest.fixture
def cluster(running: Cluster) -> Iterator[Cluster]:
    """The cluster with a namespace that is ready to be used."""
    running.namespace = f"test-{next(_NUMBERS)}"
    metadata = {"name": running.namespace}
    running.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    eventually(lambda: running.get("v1", "ServiceAccount", "default"))
    yield running
    running.kubelet.reset()
    running.client.delete("v1", "Namespace", running.namespace)

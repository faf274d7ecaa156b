"""One cluster for each way of addressing pods, and a namespace of its own for each test."""

import itertools
from collections.abc import Iterator

import pytest

from tests.node.cluster import Cluster, Space

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    running = Cluster(tmp_path_factory.mktemp("cluster")).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def single_loopback_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """As on macOS: only 127.0.0.1 is used."""
    running = Cluster(tmp_path_factory.mktemp("single"), single_loopback=True).start()
    yield running
    running.stop()


@pytest.fixture
def space(cluster: Cluster) -> Space:
    return Space(cluster, f"node-{next(_numbers)}")


@pytest.fixture(params=["cluster", "single_loopback_cluster"])
def each_space(request: pytest.FixtureRequest) -> Space:
    """A namespace in each kind of cluster."""
    return Space(request.getfixturevalue(request.param), f"node-{next(_numbers)}")

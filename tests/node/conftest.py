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
def space(cluster: Cluster) -> Iterator[Space]:
    yield from until_deleted(Space(cluster, f"node-{next(_numbers)}"))


@pytest.fixture(params=["cluster", "single_loopback_cluster"])
def each_space(request: pytest.FixtureRequest) -> Iterator[Space]:
    """A namespace in each kind of cluster."""
    named = request.getfixturevalue(request.param)
    yield from until_deleted(Space(named, f"node-{next(_numbers)}"))


def until_deleted(space: Space) -> Iterator[Space]:
    """Its pods end with the test: one that is busy would take from those that follow."""
    yield space
    space.client.delete("v1", "Namespace", space.name)

"""Flux at work in a namespace of its own."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.kube import Client
from tests.dialects.flux.world import FluxWorld

_numbers = itertools.count(1)


@pytest.fixture
def idle(engine_client: Client, tmp_path: Path) -> Iterator[FluxWorld]:
    """The dialect's world before it starts, for a test that starts it in its own way."""
    namespace = f"flux{next(_numbers)}"
    engine_client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    world = FluxWorld(engine_client, tmp_path, namespace)
    yield world
    world.stop()


@pytest.fixture
def flux(idle: FluxWorld) -> FluxWorld:
    """The dialect at work, with timing `lab`."""
    idle.start()
    return idle

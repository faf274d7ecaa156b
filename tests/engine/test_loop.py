"""The loop as a whole: nobody waits for another, it ends at once, it survives its cluster."""

import os
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from gitops_lab.git import ZERO, RefUpdate
from gitops_lab.kube.yamls import dump
from tests.apiserver.servers import RunningServer
from tests.engine.test_cycle import CRD
from tests.engine.world import World, config_yaml
from tests.waiting import eventually


def definition(name: str, kind: str) -> str:
    crd = deepcopy(CRD)
    crd["metadata"] = {"name": f"{name}.example.net"}
    crd["spec"]["group"] = "example.net"
    crd["spec"]["names"] = {"kind": kind, "plural": name}
    return dump(crd)


def test_a_sync_that_waits_blocks_no_other_app_and_makes_way_for_the_fix(world: World) -> None:
    # Two definitions of one kind: the second is never established, so its sync waits for it.
    world.repo({"a.yaml": definition("gizmos", "Gizmo"), "b.yaml": definition("gizmoz", "Gizmo")})
    world.app("stuck")
    world.until_reason("Syncing", "stuck")
    world.repo({"a.yaml": config_yaml("a")}, "other")
    world.app("free", source={"repo": "other"})
    world.until_synced(name="free")
    assert world.view("stuck").status.reason == "Syncing"

    sha = world.commit({"b.yaml": None})

    world.until_synced(sha, name="stuck")


def test_it_stops_at_once_even_while_an_app_waits(world: World) -> None:
    world.repo({"a.yaml": definition("cogs", "Cog"), "b.yaml": definition("cogz", "Cog")})
    world.app()
    world.until_reason("Syncing")

    started = time.monotonic()
    world.loop.stop()

    assert time.monotonic() - started < 1.5


def test_a_push_to_another_branch_or_repository_wakes_nobody(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app()
    world.until_synced()
    assert world.loop.idle(5)
    world.events.clear()

    world.loop.notify_push("elsewhere")
    world.repositories.commit("web", "feature", "x", {"b.yaml": config_yaml("b")})
    world.loop.notify_push("web", [RefUpdate("refs/heads/feature", ZERO, "1" * 40)])

    assert world.loop.idle(5)
    assert world.events == []


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RunningServer]:
    server = RunningServer(tmp_path / "cluster").start()
    yield server
    server.stop()


@pytest.mark.skipif(
    any(f"GITOPS_LAB_TEST_{name}" in os.environ for name in ("GENUINE", "KUBECONFIG")),
    reason="stops its server",
)
def test_a_cluster_that_was_away_is_taken_up_again(
    own_server: RunningServer, tmp_path: Path
) -> None:
    client = own_server.client()
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "own"}})
    world = World(client, tmp_path, "own")
    world.loop.start()
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app()
    world.until_synced()

    own_server.port = int(own_server.url.rpartition(":")[2])
    own_server.stop()
    sha = world.commit({"a.yaml": config_yaml("a", v="2")})
    eventually(lambda: any(event.data.get("failed") for event in world.events))
    own_server.start()

    world.until_synced(sha)
    assert world.config_map("a")["data"] == {"v": "2"}
    client.patch(world.config_map("a"), {"data": {"v": "hand"}})
    eventually(lambda: world.config_map("a")["data"] == {"v": "2"}, timeout=15)
    world.loop.stop()


def test_an_app_that_moves_to_another_cluster_leaves_nothing_behind(
    world: World, own_server: RunningServer
) -> None:
    prod = own_server.client()
    prod.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": world.namespace}})
    world.loop.stop()
    world.others = {"prod": prod}
    world.restart()
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app()
    world.until_synced()

    world.patch_app({"spec": {"destination": {"cluster": "prod"}}})

    eventually(lambda: prod.list("v1", "ConfigMap", world.namespace).items)
    eventually(lambda: not world.has_config_map("a"))
    world.until(lambda view: view.status.cluster == "prod")
    world.client.delete("gitops-lab.dev/v1", "GitOpsApp", "web", world.namespace)
    eventually(lambda: not prod.list("v1", "ConfigMap", world.namespace).items)


def test_an_app_that_became_invalid_can_still_be_deleted(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app()
    world.until_synced()
    world.patch_app({"spec": {"source": {"path": "../.."}}})
    world.until_reason("InvalidApp")

    world.client.delete("gitops-lab.dev/v1", "GitOpsApp", "web", world.namespace)

    eventually(lambda: not world.has_config_map("a"))


def test_what_an_older_version_has_on_record_is_pruned_by_this_one(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a"), "b.yaml": config_yaml("b")})
    world.app()
    view = world.until_synced()
    world.loop.stop()
    rows = [
        {"version": "v1", "kind": "ConfigMap", "namespace": world.namespace, "name": name}
        for name in ("a", "b")
    ]
    world.client.patch(view.obj, {"status": {"inventory": rows}}, subresource="status")
    sha = world.commit({"b.yaml": None})

    world.restart()

    world.until_synced(sha)
    eventually(lambda: not world.has_config_map("b"))
    assert [entry.key.name for entry in world.view().status.inventory] == ["a"]

"""The ready-made checks of Argo CD's and Flux's resources, beside the engines that serve them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gitops_lab.checks import (
    ApplicationIs,
    Baseline,
    Delivery,
    FluxReady,
    HelmReleased,
    World,
    engines,
)
from gitops_lab.checks.unseen import marked
from gitops_lab.dialects import argocd, flux
from gitops_lab.kube import MERGE_PATCH, Client, Object
from tests.course.started import started
from tests.waiting import eventually

REPOSITORY = "http://git.gitops-lab/notes.git"
MANAGER = "somebody"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A workspace in which somebody has installed both engines' definitions."""
    with started("01-commit", tmp_path_factory.mktemp("engines")) as session:
        client = session.workspace.client()
        for dialect in (argocd.dialect("lab"), flux.dialect("lab")):
            for definition in dialect.definitions():
                client.apply(definition, field_manager=MANAGER)
        for name in ("argocd", "flux-system", "theirs"):
            put(client, "v1", "Namespace", name, "")
        yield session.world(session.current())


def put(
    client: Client,
    api_version: str,
    kind: str,
    name: str,
    namespace: str,
    spec: Object | None = None,
) -> None:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    obj: Object = {"apiVersion": api_version, "kind": kind, "metadata": metadata}
    client.apply(obj if spec is None else {**obj, "spec": spec}, field_manager=MANAGER)


def test_an_application_is_red_until_it_has_synced_by_itself(world: World) -> None:
    check = ApplicationIs("web")
    missing = check.look(world)
    assert (missing.passed, missing.seen) == (False, "there is no Application web")
    assert missing.expected == "the Application web was synced, and is Synced and Healthy"

    spec = {
        "project": "default",
        "source": {"repoURL": REPOSITORY, "path": "deploy", "targetRevision": "main"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "theirs"},
    }
    put(world.client(), "argoproj.io/v1alpha1", "Application", "web", "argocd", spec)
    eventually(lambda: check.look(world).seen == "nothing was synced by the Application web", 30)

    application: Object = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "web", "namespace": "argocd"},
    }
    world.client().patch(application, {"operation": {"sync": {}}}, content_type=MERGE_PATCH)
    eventually(lambda: check.look(world).passed, 30)
    assert check.look(world).seen == "it is Synced and Healthy"
    assert not ApplicationIs("web", sync="OutOfSync").look(world).passed


def test_a_flux_resource_is_ready_at_the_newest_commit(world: World) -> None:
    check = FluxReady("GitRepository", "notes", repo="notes")
    missing = check.look(world)
    assert (missing.passed, missing.seen) == (False, "there is no GitRepository notes")
    assert missing.expected == "the GitRepository notes is ready"

    spec = {"url": REPOSITORY, "ref": {"branch": "main"}, "interval": "1h"}
    version = "source.toolkit.fluxcd.io/v1"
    put(world.client(), version, "GitRepository", "notes", "flux-system", spec)
    eventually(lambda: check.look(world).passed, 30)
    assert check.look(world).seen == f"it is at main@sha1:{world.head('notes')}"

    spec["url"] = REPOSITORY.replace("notes", "gone")
    put(world.client(), version, "GitRepository", "gone", "flux-system", spec)
    gone = FluxReady("GitRepository", "gone")
    eventually(lambda: "repository not found" in gone.look(world).seen.lower(), 30)
    assert not gone.look(world).passed


def test_a_release_that_is_not_there_is_named(world: World) -> None:
    check = HelmReleased("shop", Delivery("notes", "notes", "theirs"))
    seen = check.look(world)
    assert (seen.passed, seen.seen) == (False, "there is no HelmRelease shop")
    assert seen.expected == "the HelmRelease shop is ready, with a release that helm knows"


def test_events_count_from_the_second_in_which_the_step_began(world: World) -> None:
    begun = "2026-01-01T10:00:05.250000Z"
    about = {"kind": "Namespace", "name": "theirs", "namespace": "theirs"}
    for name in ("04", "05", "06"):
        event: Object = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": "theirs"},
            "involvedObject": about,
            "lastTimestamp": f"2026-01-01T10:00:{name}Z",
        }
        world.client().create(event)

    def told(since: str) -> list[str]:
        then = replace(world, since=Baseline(at=since))
        return sorted(event["metadata"]["name"] for event in then.told("theirs"))

    assert told(begun) == ["05", "06"]
    assert told("") == ["04", "05", "06"]


def test_an_application_that_heals_is_waited_for_until_only_pruning_is_left(world: World) -> None:
    application: Object = {
        "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {"source": {}, "syncPolicy": {"automated": {"selfHeal": True}}},
        "status": {
            "sync": {"status": "OutOfSync"},
            "operationState": {"phase": "Succeeded", "syncResult": {"revision": ""}},
        },
    }
    assert engines._application(world, application) == "the Application web to be synced"

    application["status"]["resources"] = [{"name": "old", "requiresPruning": True}]
    assert engines._application(world, application) == ""


def test_a_sync_that_is_tried_again_is_still_a_sync(world: World) -> None:
    """Argo CD keeps `operation` until the last try; a sync gets more patience than a look."""
    application: Object = {
        "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {"source": {}},
        "operation": {"retry": {"limit": 5}, "sync": {"revision": "abc"}},
        "status": {"operationState": {"phase": "Running", "retryCount": 1}},
    }
    assert engines._application(world, application) == "the sync of the Application web"

    del application["status"]["operationState"]
    assert engines._application(world, application) == "Argo CD to look at the Application web"


KEPT: Object = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "kept", "namespace": "theirs"},
}


def unit(looked: str, suspend: bool = False) -> Object:
    """An app of Flux's that keeps the ConfigMap, and looked at it then."""
    rows = [{"group": "", "version": "v1", "kind": "ConfigMap", "namespace": "theirs"}]
    return {
        "spec": {
            "destination": {"cluster": "main"},
            "syncPolicy": {"selfHeal": True},
            "suspend": suspend,
        },
        "status": {
            "sync": {"status": "Synced"},
            "inventory": [{**rows[0], "names": ["kept"]}],
            "history": [{"deployedAt": looked}],
        },
    }


def test_what_flux_has_not_seen_yet_is_no_sync(world: World) -> None:
    def sync(looked: str = "2020-01-01T00:00:00Z", suspend: bool = False) -> str:
        interval = {"spec": {"interval": "10m"}}
        return str(marked(world, unit(looked, suspend), interval)["status"]["sync"]["status"])

    client = world.client()
    client.apply({**KEPT, "data": {"a": "1"}}, field_manager="kustomize-controller")
    assert sync() == "Synced"
    client.patch(KEPT, {"data": {"a": "2"}}, field_manager="kubectl-patch")
    assert sync() == "OutOfSync"
    assert sync(looked="2999-01-01T00:00:00Z") == "Synced"
    assert sync(suspend=True) == "Synced"
    client.delete("v1", "ConfigMap", "kept", "theirs")
    assert sync(looked="2999-01-01T00:00:00Z") == "OutOfSync"

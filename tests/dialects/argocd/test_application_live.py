"""Applications against an API server: what a learner writes, and what then stands in the status."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from gitops_lab.dialects.argocd.application import crd
from gitops_lab.dialects.argocd.application.controller import Applications
from gitops_lab.dialects.argocd.clusters import Clusters
from gitops_lab.dialects.argocd.seams import DefaultProjects, DefaultSettings, Shared
from gitops_lab.dialects.dialect import World as Place
from gitops_lab.dialects.urls import Urls
from gitops_lab.kube import Object
from gitops_lab.kube.errors import AlreadyExists, NotFound
from tests.engine.world import World, config_yaml
from tests.waiting import eventually

API = "argoproj.io/v1alpha1"
FINALIZER = "resources-finalizer.argocd.argoproj.io"
BACKGROUND = f"{FINALIZER}/background"
PORT = 4711
HOOK = """\
apiVersion: v1
kind: Pod
metadata:
  name: last
  annotations:
    argocd.argoproj.io/hook: PostSync
spec:
  restartPolicy: Never
  containers:
  - name: main
    image: web:1
"""


@dataclass
class Argo:
    """A world with the controller of Applications in it."""

    world: World
    controller: Applications
    name: str

    def create(self, **spec: Any) -> None:
        destination = {
            "server": "https://kubernetes.default.svc",
            "namespace": self.world.namespace,
        }
        source = {"repoURL": f"http://127.0.0.1:{PORT}/web.git", "path": "."}
        finalizers = spec.pop("finalizers", [])
        self.world.client.create(
            {
                "apiVersion": API,
                "kind": "Application",
                "metadata": {"namespace": "argocd", "name": self.name, "finalizers": finalizers},
                "spec": {
                    "project": "default",
                    "source": source,
                    "destination": destination,
                    **spec,
                },
            }
        )

    def get(self) -> Object:
        return self.world.client.get(API, "Application", self.name, "argocd")

    def patch(self, patch: Object) -> None:
        self.world.client.patch(self.get(), patch)

    def until(self, **wanted: str) -> Object:
        """The Application as soon as these hold: sync, health, phase."""

        def look() -> Object:
            obj = self.get()
            status = obj.get("status") or {}
            found = {
                "sync": (status.get("sync") or {}).get("status"),
                "health": (status.get("health") or {}).get("status"),
                "phase": (status.get("operationState") or {}).get("phase"),
            }
            assert {key: found[key] for key in wanted} == wanted, status
            return obj

        return eventually(look, timeout=15)

    def push(self, **files: str | None) -> str:
        old = {f"{name}.yaml": text for name, text in files.items()}
        sha = self.world.repositories.commit("web", "main", "change", old)
        self.controller.pushed("web", ["refs/heads/main"])
        return sha


@pytest.fixture
def argo(world: World) -> Iterator[Argo]:
    client = world.client
    world.loop.install([crd.definition()])
    with contextlib.suppress(AlreadyExists):
        client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
    urls = Urls(lambda: PORT, world.repositories.names)
    place = Place(
        home=client,
        clients={"main": client},
        sources=world.sources,
        repositories=world.repositories,
        git_url=urls.git_url,
        repo_of=urls.repo_of,
        state=world.root / "dialects",
    )
    clusters = Clusters(client, place.clients, "argocd")
    controller = Applications(
        Shared(place, world.loop, clusters, DefaultProjects(), DefaultSettings())
    )
    world.repo({"a.yaml": config_yaml("a", v="1")})
    controller.start()
    yield Argo(world, controller, f"web-{world.namespace}")
    controller.stop()
    for obj in client.list(API, "Application", "argocd").items:
        with contextlib.suppress(NotFound):
            client.patch(obj, {"metadata": {"finalizers": None}})
            client.delete(API, "Application", obj["metadata"]["name"], "argocd")


def test_an_application_waits_for_somebody_to_sync_it(argo: Argo) -> None:
    argo.create()
    found = argo.until(sync="OutOfSync")
    assert "operationState" not in found["status"]
    assert not argo.world.has_config_map("a")
    argo.patch({"operation": {"sync": {}}})
    found = argo.until(sync="Synced", phase="Succeeded")
    assert "operation" not in found
    assert found["status"]["history"][0]["id"] == 0
    manager = argo.world.config_map("a")["metadata"]["managedFields"][0]
    assert (manager["manager"], manager["operation"]) == ("argocd-controller", "Update")


def test_a_push_begins_a_sync_at_once_and_the_operation_says_that_it_would_wait(argo: Argo) -> None:
    argo.create(syncPolicy={"automated": {}})
    argo.until(sync="Synced", phase="Succeeded")
    sha = argo.push(a=config_yaml("a", v="2"))
    eventually(lambda: argo.world.config_map("a")["data"] == {"v": "2"})
    state = argo.until(sync="Synced", phase="Succeeded")["status"]["operationState"]
    assert state["operation"]["sync"]["revision"] == sha
    assert "timing lab" in state["operation"]["info"][0]["value"]


def test_a_push_that_comes_while_it_is_in_hand_is_seen_all_the_same(argo: Argo) -> None:
    first, second = threading.Event(), threading.Event()
    store = argo.world.sources
    resolve = store.resolve

    def slowly(source: Any) -> Any:
        found = resolve(source)
        first.set()
        second.wait(20)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "resolve", slowly)
        argo.create()
        first.wait(20)
        sha = argo.push(a=config_yaml("a", v="2"))
        second.set()
        seen = eventually(lambda: argo.get()["status"]["sync"]["revision"] == sha, timeout=15)
    assert seen


def test_a_refresh_is_done_when_its_annotation_is_gone(argo: Argo) -> None:
    argo.create()
    argo.until(sync="OutOfSync")
    argo.patch({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "hard"}}})
    eventually(lambda: not argo.get()["metadata"].get("annotations"))


def test_the_objects_go_with_it_only_when_its_finalizer_says_so(argo: Argo) -> None:
    argo.create(syncPolicy={"automated": {}}, finalizers=[BACKGROUND])
    argo.until(sync="Synced", phase="Succeeded")
    argo.world.client.delete(API, "Application", argo.name, "argocd")
    eventually(lambda: _gone(argo))
    assert not argo.world.has_config_map("a")


def test_without_the_finalizer_they_stay(argo: Argo) -> None:
    argo.create(syncPolicy={"automated": {}})
    argo.until(sync="Synced", phase="Succeeded")
    argo.world.client.delete(API, "Application", argo.name, "argocd")
    eventually(lambda: _gone(argo))
    assert argo.world.has_config_map("a")


def test_a_field_that_is_not_served_is_a_condition_and_nothing_is_written(argo: Argo) -> None:
    source = {"repoURL": f"http://127.0.0.1:{PORT}/web.git", "path": ".", "plugin": {"name": "x"}}
    argo.create(source=source, syncPolicy={"automated": {}})
    condition = argo.until(sync="Unknown", health="Unknown")["status"]["conditions"][0]
    assert condition["type"] == "InvalidSpecError"
    assert "spec.source.plugin" in condition["message"]
    assert not argo.world.has_config_map("a")


def test_a_repository_of_somebody_else_is_a_comparison_error(argo: Argo) -> None:
    argo.create(source={"repoURL": "https://git.example/web.git", "path": "."})
    condition = argo.until(sync="Unknown")["status"]["conditions"][0]
    assert condition["type"] == "ComparisonError"
    assert "https://git.example/web.git" in condition["message"]


def test_drift_is_healed_by_what_is_seen_and_only_the_object_that_drifted(argo: Argo) -> None:
    argo.create(syncPolicy={"automated": {"selfHeal": True}})
    argo.until(sync="Synced", phase="Succeeded")
    argo.world.client.patch(argo.world.config_map("a"), {"data": {"v": "by hand"}})
    eventually(lambda: argo.world.config_map("a")["data"] == {"v": "1"})
    operation = argo.until(sync="Synced", phase="Succeeded")["status"]["operationState"]
    assert operation["operation"]["sync"]["autoHealAttemptsCount"] == 1


def test_an_application_of_another_namespace_is_told_that_it_is_not_served(argo: Argo) -> None:
    argo.world.client.create(
        {
            "apiVersion": API,
            "kind": "Application",
            "metadata": {"namespace": argo.world.namespace, "name": "elsewhere"},
            "spec": {"project": "default", "destination": {}},
        }
    )

    def told() -> bool:
        events = argo.world.client.list("v1", "Event", argo.world.namespace).items
        return any(event["reason"] == "NotServed" for event in events)

    eventually(told)
    argo.world.client.delete(API, "Application", "elsewhere", argo.world.namespace)


def test_a_hook_of_the_deletion_runs_when_the_objects_are_gone(argo: Argo) -> None:
    hook = "\n    argocd.argoproj.io/hook: PostDelete"
    end = config_yaml("end", v="1").replace("  name: end", f"  name: end\n  annotations:{hook}")
    argo.push(end=end)
    argo.create(syncPolicy={"automated": {}}, finalizers=[BACKGROUND])
    argo.until(sync="Synced", phase="Succeeded")
    assert not argo.world.has_config_map("end")
    eventually(lambda: len(argo.get()["metadata"]["finalizers"]) == 3)
    argo.world.client.delete(API, "Application", argo.name, "argocd")
    eventually(lambda: _gone(argo), timeout=15)
    assert argo.world.has_config_map("end")
    assert not argo.world.has_config_map("a")


def test_a_hook_that_is_gone_ends_the_sync_that_waits_for_it(argo: Argo) -> None:
    argo.push(last=HOOK)
    argo.create()
    argo.until(sync="OutOfSync")
    argo.patch({"operation": {"sync": {}}})
    client, space = argo.world.client, argo.world.namespace

    def message() -> str:
        return argo.get()["status"].get("operationState", {}).get("message", "")

    [pod] = eventually(lambda: client.list("v1", "Pod", space).items)
    client.delete("v1", "Pod", "last", space)  # its finalizer holds it: it may still end well
    assert "deletionTimestamp" in client.get("v1", "Pod", "last", space)["metadata"]
    eventually(lambda: message() == "waiting for completion of hook /Pod/last")
    client.patch(pod, {"metadata": {"finalizers": None}})
    state = argo.until(phase="Failed")["status"]["operationState"]
    assert state["message"] == (
        "one or more synchronization tasks completed unsuccessfully, "
        "reason: Resource /Pod/last is missing, it might have been deleted"
    )
    [row] = [one for one in state["syncResult"]["resources"] if one["name"] == "last"]
    assert (row["status"], row["hookPhase"]) == ("SyncFailed", "Error")


def test_an_application_that_goes_tells_how_it_stands(argo: Argo) -> None:
    argo.create(syncPolicy={"automated": {}}, finalizers=[BACKGROUND])
    argo.until(sync="Synced", phase="Succeeded")
    argo.world.client.delete(API, "Application", argo.name, "argocd")
    eventually(lambda: _gone(argo), timeout=15)

    def told() -> set[str]:
        events = argo.world.client.list("v1", "Event", "argocd").items
        return {one["message"] for one in events if one["involvedObject"]["name"] == argo.name}

    eventually(lambda: "Updated sync status: Synced -> OutOfSync" in told())


def _gone(argo: Argo) -> bool:
    try:
        argo.get()
    except NotFound:
        return True
    return False

"""Several kinds of Apps in one loop: each has its Front, its Semantics, marks and status."""

import contextlib
import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gitops_lab.engine.app import App
from gitops_lab.engine.crds import gitops_app
from gitops_lab.engine.native import GitOpsApps
from gitops_lab.engine.publish import ResourcePublisher, Style
from gitops_lab.engine.status_object import to_object
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import NotFound
from tests.engine.world import FAST, World, config_yaml
from tests.waiting import eventually

API = "other.example/v1"


class Others(GitOpsApps):
    """The same App, served as another kind by another engine."""

    name = "other"
    api_version = API
    kind = "OtherApp"
    component = "other-controller"

    def definitions(self) -> Sequence[Object]:
        definition = copy.deepcopy(gitops_app())
        spec = definition["spec"]
        spec["group"] = "other.example"
        spec["names"] = {
            "kind": "OtherApp",
            "listKind": "OtherAppList",
            "plural": "otherapps",
            "singular": "otherapp",
        }
        definition["metadata"] = {"name": "otherapps.other.example"}
        return (definition,)

    def app(self, obj: Object) -> App:
        return replace(App.from_object(obj), front=self.name, kind=self.kind)

    def leaving(self, obj: Object) -> App:
        return replace(App.leaving(obj), front=self.name, kind=self.kind)

    def publisher(self, client: Client, obj: Object) -> ResourcePublisher:
        style = Style(to_object, "other.example/keep", lambda app: app.removes)
        return ResourcePublisher(client, {**obj, "apiVersion": API, "kind": self.kind}, style)


def other(world: World, name: str, **spec: Any) -> Object:
    return world.client.create(
        {
            "apiVersion": API,
            "kind": "OtherApp",
            "metadata": {"namespace": world.namespace, "name": name},
            "spec": {
                "source": {"repo": "others"},
                "destination": {"namespace": world.namespace},
                "syncPolicy": {"automated": True, "prune": True, "selfHeal": True},
                **spec,
            },
        }
    )


@pytest.fixture
def served(world: World) -> Iterator[World]:
    world.loop.add(Others(FAST))
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.repo({"b.yaml": config_yaml("b", v="1")}, "others")
    yield world
    for obj in world.client.list(API, "OtherApp", world.namespace).items:
        with contextlib.suppress(NotFound):  # one that a test has deleted may go by itself
            world.client.patch(obj, {"metadata": {"finalizers": None}})
            world.client.delete(API, "OtherApp", obj["metadata"]["name"], world.namespace)


def test_apps_of_one_name_and_two_kinds_do_not_meet(served: World) -> None:
    served.app("web")
    other(served, "web")
    assert served.loop.idle(20)
    assert set(served.loop.statuses()) >= {
        f"{served.namespace}/web",
        f"other:{served.namespace}/web",
    }
    marks = served.config_map("b")["metadata"]["annotations"]
    assert marks["gitops-lab.dev/app-id"] == f"other:{served.namespace}/web"
    assert served.config_map("a")["metadata"]["annotations"]["gitops-lab.dev/app-id"] == (
        f"{served.namespace}/web"
    )


def test_each_has_its_own_status_finalizer_and_events(served: World) -> None:
    other(served, "own")
    assert served.loop.idle(20)
    obj = served.client.get(API, "OtherApp", "own", served.namespace)
    assert obj["status"]["sync"]["status"] == "Synced"
    assert obj["metadata"]["finalizers"] == ["other.example/keep"]

    def told() -> bool:
        events = served.client.list("v1", "Event", served.namespace).items
        return any(
            event["involvedObject"]["kind"] == "OtherApp"
            and event["source"]["component"] == "other-controller"
            for event in events
        )

    eventually(lambda: told() or None)
    served.client.delete(API, "OtherApp", "own", served.namespace)
    eventually(lambda: not served.has_config_map("b") or None)


def test_a_push_reaches_the_apps_of_every_front(served: World) -> None:
    other(served, "pushed")
    assert served.loop.idle(20)
    served.commit({"b.yaml": config_yaml("b", v="2")}, repo="others")
    assert served.loop.idle(20)
    assert served.config_map("b")["data"] == {"v": "2"}


def test_one_that_is_not_valid_says_so_in_its_own_status(served: World) -> None:
    other(served, "broken", source={"repo": "no/such"})
    assert served.loop.idle(20)
    obj = served.client.get(API, "OtherApp", "broken", served.namespace)
    assert obj["status"]["failed"]
    assert "spec.source.repo" in obj["status"]["message"]

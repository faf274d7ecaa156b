"""How single objects ask to be written, and fields that are left to others."""

import pytest

from gitops_lab.engine.marks import Write
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.threeway import LAST_APPLIED, merge_patch, with_last_applied
from gitops_lab.kube import Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.yamls import dump
from tests.engine.test_waves import annotated
from tests.engine.world import World, config_yaml
from tests.waiting import eventually


def deployment(replicas: int = 1, image: str = "a") -> str:
    labels = {"app": "web"}
    return dump(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "web", "image": image}]},
                },
            },
        }
    )


def live_deployment(world: World) -> Object:
    return world.client.get("apps/v1", "Deployment", "web", world.namespace)


def data_of(world: World, name: str) -> Object:
    """What the ConfigMap holds; {} while there is none."""
    try:
        found: Object = world.config_map(name)["data"]
    except NotFound:
        return {}
    return found


def immutable(name: str, value: str, **annotations: str) -> str:
    text = dump(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name},
            "immutable": True,
            "data": {"v": value},
        }
    )
    return annotated(text, **annotations) if annotations else text


def test_an_immutable_object_is_made_anew_only_when_it_asks_for_it(world: World) -> None:
    world.repo(
        {"a.yaml": immutable("forced", "1", apply="force"), "b.yaml": immutable("plain", "1")}
    )
    world.app()
    world.until_synced()
    uid = world.config_map("forced")["metadata"]["uid"]

    world.commit({"a.yaml": immutable("forced", "2", apply="force")})
    eventually(lambda: data_of(world, "forced") == {"v": "2"})
    assert world.config_map("forced")["metadata"]["uid"] != uid

    world.commit({"b.yaml": immutable("plain", "2")})
    view = world.until_reason("ImmutableField")
    assert "gitops-lab.dev/apply: force" in view.status.hint


def test_what_is_create_only_is_made_and_then_left_alone(world: World) -> None:
    world.repo({"a.yaml": annotated(config_yaml("a", v="1"), apply="create-only")})
    world.app()
    world.until_synced()

    world.client.patch(world.config_map("a"), {"data": {"v": "mine"}})
    world.until_synced(
        world.commit({"a.yaml": annotated(config_yaml("a", v="2"), apply="create-only")})
    )
    assert world.config_map("a")["data"] == {"v": "mine"}

    world.client.delete("v1", "ConfigMap", "a", world.namespace)
    eventually(lambda: data_of(world, "a") == {"v": "2"})


def test_what_is_create_only_and_there_already_is_not_taken_over(world: World) -> None:
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": world.namespace},
        "data": {"v": "theirs"},
    }
    world.client.create(theirs)
    world.repo({"a.yaml": annotated(config_yaml("a", v="ours"), apply="create-only")})
    world.app()
    world.until_synced()

    assert world.config_map("a")["data"] == {"v": "theirs"}


def test_what_is_to_be_ignored_is_neither_written_nor_pruned(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1"), "b.yaml": config_yaml("b")})
    world.app()
    world.until_synced()

    ignored = annotated(config_yaml("a", v="2"), apply="ignore")
    world.until_synced(world.commit({"a.yaml": ignored}))
    world.client.patch(world.config_map("a"), {"data": {"v": "mine"}})
    assert world.loop.idle(5)

    assert world.config_map("a")["data"] == {"v": "mine"}


def test_a_replaced_object_loses_what_git_does_not_mention(world: World) -> None:
    world.repo({"a.yaml": annotated(config_yaml("a", v="1"), apply="replace")})
    world.app()
    world.until_synced()
    world.client.patch(world.config_map("a"), {"data": {"other": "x"}})

    sha = world.commit({"a.yaml": annotated(config_yaml("a", v="2"), apply="replace")})

    world.until_synced(sha)
    assert world.config_map("a")["data"] == {"v": "2"}


class TestClientSide:
    """What a dialect does that applies as kubectl does by default."""

    @pytest.fixture
    def world(self, world: World) -> World:
        world.loop.stop()
        world.semantics = Semantics(write=Write.CLIENT, resync=600)
        world.restart()
        return world

    def test_what_was_applied_last_stands_in_the_annotation(self, world: World) -> None:
        world.repo({"a.yaml": config_yaml("a", v="1", w="2")})
        world.app()
        world.until_synced()
        assert LAST_APPLIED in world.config_map("a")["metadata"]["annotations"]
        world.client.patch(world.config_map("a"), {"data": {"mine": "kept"}})

        world.until_synced(world.commit({"a.yaml": config_yaml("a", v="3")}))

        assert world.config_map("a")["data"] == {"v": "3", "mine": "kept"}
        entries = world.config_map("a")["metadata"]["managedFields"]
        assert {e["operation"] for e in entries if e["manager"] == "gitops-lab"} == {"Update"}

    def test_drift_is_seen_and_healed(self, world: World) -> None:
        world.repo({"a.yaml": config_yaml("a", v="1")})
        world.app()
        world.until_synced()

        world.client.patch(world.config_map("a"), {"data": {"v": "hand"}})

        eventually(lambda: world.config_map("a")["data"] == {"v": "1"})

    def test_an_item_that_left_a_list_goes_and_another_owners_stays(self, world: World) -> None:
        world.repo({"d.yaml": deployment()})
        world.app()
        world.until_synced()
        assert world.loop.idle(5)
        version = live_deployment(world)["metadata"]["resourceVersion"]

        world.loop.notify_push("web")
        assert world.loop.idle(5)

        assert live_deployment(world)["metadata"]["resourceVersion"] == version


def test_a_three_way_patch_deletes_fields_and_items_that_were_applied_last() -> None:
    old = {"spec": {"a": 1, "b": 2, "c": [{"name": "x"}, {"name": "y", "v": 1}]}}
    new = {"spec": {"a": 1, "c": [{"name": "y"}]}}
    live = with_last_applied(old)

    strategic = merge_patch(new, live, strategic=True)["spec"]
    plain = merge_patch(new, live, strategic=False)["spec"]

    assert strategic["b"] is None
    assert strategic["c"] == [{"name": "y", "v": None}, {"$patch": "delete", "name": "x"}]
    assert plain["c"] == [{"name": "y"}]


def test_an_autoscalers_replicas_are_left_alone_and_the_rest_is_healed(world: World) -> None:
    world.repo({"d.yaml": deployment(replicas=2)})
    rule = {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}
    world.app(ignoreDifferences=[rule])
    world.until_synced()
    assert live_deployment(world)["spec"]["replicas"] == 2

    world.client.patch(live_deployment(world), {"spec": {"replicas": 5}}, field_manager="hpa")
    assert world.loop.idle(5)
    view = world.view()
    assert view.status.sync == "Synced"
    assert live_deployment(world)["spec"]["replicas"] == 5

    world.until_synced(world.commit({"d.yaml": deployment(replicas=3, image="b")}))
    spec = live_deployment(world)["spec"]
    assert spec["replicas"] == 5
    assert spec["template"]["spec"]["containers"][0]["image"] == "b"


def test_fields_of_a_manager_are_left_to_it(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", bundle="empty", v="1")})
    world.app(ignoreDifferences=[{"kind": "ConfigMap", "managers": ["injector"]}])
    world.until_synced()

    world.client.patch(world.config_map("a"), {"data": {"bundle": "x"}}, field_manager="injector")
    world.until_synced(world.commit({"a.yaml": config_yaml("a", bundle="empty", v="2")}))

    assert world.config_map("a")["data"] == {"bundle": "x", "v": "2"}


def test_a_rule_for_another_object_ignores_nothing(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app(ignoreDifferences=[{"name": "b", "jsonPointers": ["/data/v"]}])
    world.until_synced()

    world.client.patch(world.config_map("a"), {"data": {"v": "hand"}})

    eventually(lambda: world.config_map("a")["data"] == {"v": "1"})


def test_an_object_that_asks_for_a_yes_is_pruned_after_one(world: World) -> None:
    precious = annotated(config_yaml("b"), prune="confirm")
    world.repo({"a.yaml": config_yaml("a"), "b.yaml": precious})
    world.app()
    world.until_synced()

    sha = world.commit({"b.yaml": None})
    view = world.until_reason("PruneUnapproved")
    assert "asks for a yes" in view.status.message
    assert world.has_config_map("b")

    world.patch_app({"metadata": {"annotations": {"gitops-lab.dev/prune-approved": sha}}})
    eventually(lambda: not world.has_config_map("b"))


def test_orphaned_objects_outlive_the_app_though_it_prunes(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app(deletionPolicy="Orphan")
    world.until_synced()

    world.client.delete("gitops-lab.dev/v1", "GitOpsApp", "web", world.namespace)

    eventually(
        lambda: not world.client.list("gitops-lab.dev/v1", "GitOpsApp", world.namespace).items
    )
    assert world.has_config_map("a")


def test_an_app_that_waits_goes_after_its_objects_are_gone(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app(deletionPolicy="WaitForTermination", syncPolicy={"automated": True})
    world.until_synced()
    world.client.patch(world.config_map("a"), {"metadata": {"finalizers": ["example.org/slow"]}})

    world.client.delete("gitops-lab.dev/v1", "GitOpsApp", "web", world.namespace)
    eventually(lambda: "deletionTimestamp" in world.config_map("a")["metadata"])
    assert "deletionTimestamp" in world.view().obj["metadata"]
    world.client.patch(world.config_map("a"), {"metadata": {"finalizers": None}})

    eventually(
        lambda: not world.client.list("gitops-lab.dev/v1", "GitOpsApp", world.namespace).items
    )

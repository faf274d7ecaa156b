"""Bad commits and bad days: nothing half-rendered is written, and the status says what to do."""

import pytest

from gitops_lab.engine import ops
from gitops_lab.kube.yamls import dump
from tests.engine.world import World, config_yaml
from tests.waiting import eventually

WRONG_TYPE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: wrong
data:
  count: [1, 2]
"""


def test_a_missing_repository_is_named_and_found_as_soon_as_it_is_pushed(world: World) -> None:
    world.app()
    view = world.until_reason("RepositoryNotFound")
    assert view.status.stage == "source"

    world.repo({"a.yaml": config_yaml("a")})
    world.loop.notify_push("web")

    world.until_synced()


def test_a_missing_branch_and_a_missing_path_are_named(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app("branch", source={"repo": "web", "revision": "nowhere"})
    world.app("path", source={"repo": "web", "path": "nowhere"})

    assert "nowhere" in world.until_reason("RevisionNotFound", "branch").status.message
    assert "nowhere" in world.until_reason("PathNotFound", "path").status.message


def test_broken_yaml_changes_nothing_and_names_file_and_line(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app()
    world.until_synced()

    sha = world.commit({"a.yaml": config_yaml("a", v="2"), "b.yaml": "kind: x\n  broken: [\n"})
    view = world.until(lambda view: view.status.failed)

    assert (view.status.stage, view.status.reason) == ("render", "InvalidYaml")
    assert view.status.place.file == "b.yaml"
    assert view.status.place.line >= 1
    assert view.status.revision == sha
    assert world.config_map("a")["data"] == {"v": "1"}
    explanation = ops.explain_app(view, {"main": world.client}, world.sources)
    assert (explanation.link, explanation.file) == ("render", "b.yaml")


def test_an_object_that_the_cluster_refuses_is_named_with_its_field(world: World) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"ports": [{"port": 80}], "selectors": {"app": "web"}},
    }
    world.repo({"a.yaml": config_yaml("a"), "svc.yaml": dump(service)})
    world.app()

    view = world.until(lambda view: view.status.failed)

    assert (view.status.stage, view.status.reason) == ("apply", "InvalidObject")
    assert (view.status.place.file, view.status.place.line) == ("svc.yaml", 8)
    assert view.status.place.field == "spec.selectors"
    assert view.status.sync == "OutOfSync"
    assert world.has_config_map("a"), "what was written before the failure stays"
    rows = {row.key.kind: (row.sync, row.action) for row in view.status.objects}
    assert rows == {"ConfigMap": ("Synced", "created"), "Service": ("OutOfSync", "failed")}
    assert "1 written before" in view.status.message


def test_a_fix_is_taken_up_at_once_while_an_older_commit_waits_for_its_retry(
    world: World,
) -> None:
    world.repo({"a.yaml": WRONG_TYPE})
    world.app()
    world.until(lambda view: view.status.failed)

    sha = world.commit({"a.yaml": config_yaml("a", v="1")})

    view = world.until_synced(sha)
    assert view.status.retry is None
    assert not view.status.failed


def test_an_unknown_kind_stops_the_sync_before_anything_is_written(world: World) -> None:
    widget = {"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": {"name": "g"}}
    world.repo({"a.yaml": config_yaml("a"), "g.yaml": dump(widget)})
    world.app()

    view = world.until_reason("UnknownKind")

    assert view.status.stage == "plan"
    assert (view.status.place.file, view.status.place.field) == ("g.yaml", "kind")
    assert not world.has_config_map("a")
    assert view.status.retry is not None
    assert view.status.retry.next_at


def test_a_missing_namespace_is_named_with_the_way_out(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app(destination={"namespace": f"{world.namespace}-none"})

    view = world.until_reason("NamespaceMissing")

    assert "createNamespace" in view.status.hint
    world.patch_app({"spec": {"destination": {"createNamespace": True}}})
    world.until_synced()


def test_an_unknown_cluster_is_named(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app(destination={"cluster": "moon"})

    view = world.until_reason("ClusterNotFound")

    assert view.status.place.field == "spec.destination.cluster"
    assert world.loop.idle(5)


def test_an_app_that_is_not_valid_says_which_field(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app(source={"repo": "web", "path": "../.."})

    view = world.until_reason("InvalidApp")

    assert view.status.place.field == "spec.source.path"
    explanation = ops.explain_app(view, {"main": world.client})
    assert (explanation.link, explanation.field) == ("revision", "spec.source.path")


def test_a_failing_sync_is_tried_again_with_growing_pauses(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app(destination={"namespace": f"{world.namespace}-later"})
    world.until(lambda view: view.status.retry is not None and view.status.retry.attempt >= 2)

    namespace = {"apiVersion": "v1", "kind": "Namespace"}
    world.client.create({**namespace, "metadata": {"name": f"{world.namespace}-later"}})

    world.until_synced()


def test_kubernetes_events_tell_what_happened(world: World) -> None:
    world.repo({"a.yaml": config_yaml("a")})
    world.app()
    world.until_synced()
    world.commit({"a.yaml": "a: ["})
    world.until(lambda view: view.status.failed)

    def reasons() -> set[str]:
        events = world.client.list("v1", "Event", world.namespace).items
        mine = [e for e in events if e["involvedObject"]["kind"] == "GitOpsApp"]
        return {event["reason"] for event in mine}

    eventually(lambda: {"Synced", "InvalidYaml"} <= reasons())


def test_a_bug_of_the_engine_is_told_and_does_not_end_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.repo({"a.yaml": config_yaml("a", v="1")})
    world.app()
    world.until_synced()
    with monkeypatch.context() as broken:
        broken.setattr(world.sources, "resolve", lambda _: 1 / 0)
        world.loop.notify_push("web")
        view = world.until_reason("InternalError")
    assert "ZeroDivisionError" in view.status.message

    world.until_synced(world.commit({"a.yaml": config_yaml("a", v="2")}))

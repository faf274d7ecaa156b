from typing import Any

from gitops_lab.controllers.garbage.graph import FOREGROUND, ORPHAN, Graph, Node


def _node(uid: str, *owners: str, **more: Any) -> Node:
    references = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "name": owner,
            "uid": owner,
            "blockOwnerDeletion": True,
        }
        for owner in owners
    ]
    return Node("v1", "ConfigMap", "demo", uid, uid, references, **more)


def _leaving(uid: str, finalizer: str, *owners: str) -> Node:
    return _node(uid, *owners, deleting=True, finalizers=(finalizer,))


def test_an_object_whose_owner_is_there_needs_no_look() -> None:
    graph = Graph()
    graph.put(_node("owner"))
    assert not graph.put(_node("child", "owner")).check
    assert graph.is_safe(_node("child", "owner"))


def test_an_object_whose_owner_is_unknown_is_looked_at() -> None:
    graph = Graph()
    assert graph.put(_node("child", "owner")).check == {"child"}
    assert not graph.put(_node("child", "owner")).check


def test_dependents_are_looked_at_when_the_owner_goes() -> None:
    graph = Graph()
    graph.put(_node("owner"))
    graph.put(_node("a", "owner"))
    graph.put(_node("b", "owner"))
    assert graph.remove("owner").check == {"a", "b"}
    assert graph.is_gone("owner")
    assert not graph.is_gone("never-seen")


def test_a_foreground_deletion_starts_with_the_dependents() -> None:
    graph = Graph()
    graph.put(_node("owner"))
    graph.put(_node("child", "owner"))
    assert graph.put(_leaving("owner", FOREGROUND)).check == {"owner", "child"}
    assert not graph.put(_leaving("owner", FOREGROUND)).check
    assert graph.remove("child").check == {"owner"}


def test_an_owner_is_looked_at_when_nothing_blocks_it_any_more() -> None:
    graph = Graph()
    graph.put(_node("owner"))
    graph.put(_node("child", "owner"))
    assert graph.put(_node("child")).check == {"owner"}


def test_an_orphaning_deletion_is_its_own_task() -> None:
    graph = Graph()
    graph.put(_node("owner"))
    affected = graph.put(_leaving("owner", ORPHAN))
    assert (affected.orphan, affected.check) == ({"owner"}, set())


def test_an_owner_in_another_namespace_is_none() -> None:
    graph = Graph()
    elsewhere = _node("owner")
    elsewhere.namespace = "elsewhere"
    graph.put(elsewhere)
    assert graph.put(_node("child", "owner")).check == {"child"}

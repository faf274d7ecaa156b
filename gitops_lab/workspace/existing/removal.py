"""Taking away what a workspace made in somebody's cluster: exactly that."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from gitops_lab.engine.app import FINALIZER, GROUP
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.discovery import ResourceInfo
from gitops_lab.kube.errors import ApiError, Conflict, NotFound, Unavailable
from gitops_lab.kube.objects import name_of, namespace_of, uid_of
from gitops_lab.kube.order import apply_order
from gitops_lab.workspace.existing.guard import CRD, NAMESPACE
from gitops_lab.workspace.existing.marks import LABEL, is_ours

GONE_SECONDS = 60.0
_PAUSE = 0.1
_AT_ONCE = 8


def remove_made(client: Client, mark: str, wait: float = GONE_SECONDS) -> tuple[str, ...]:
    """Delete what the workspace of that mark made; what stays is told in words.

    Raises ApiError when the cluster does not answer; what was not deleted then can be next time.
    """
    made = find_made(client, mark)
    definitions = [obj for obj in made if obj["kind"] == CRD]
    namespaces = [obj for obj in made if obj["kind"] == NAMESPACE]
    rest = [obj for obj in made if obj["kind"] not in (CRD, NAMESPACE)]
    refused = []
    for obj in [*sorted(rest, key=apply_order, reverse=True), *namespaces]:
        refused += _delete(client, obj)
    left = _wait_gone(client, [*rest, *namespaces], wait)
    told = [f"{ObjectKey.of(obj)} is still being removed by the cluster" for obj in left]
    for definition in definitions:
        told += _delete_definition(client, definition)
    return (*refused, *told)


def find_made(client: Client, mark: str) -> list[Object]:
    """Everything in the cluster that the workspace of that mark made, by kind."""
    kinds: dict[tuple[str, str], ResourceInfo] = {}
    for info in client.resources():
        if {"list", "delete"} <= set(info.verbs):
            kinds.setdefault((info.group, info.kind), info)

    def of(info: ResourceInfo) -> list[Object]:
        try:
            found = client.list(info.api_version, info.kind, label_selector=f"{LABEL}={mark}")
        except Unavailable:
            raise
        except ApiError:  # what we may not list we have not made
            return []
        return [obj for obj in found.items if is_ours(obj, mark)]

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = [obj for group in pool.map(of, kinds.values()) for obj in group]
    return list({uid_of(obj): obj for obj in found}.values())


def _delete(client: Client, obj: Object) -> list[str]:
    if obj["apiVersion"].startswith(f"{GROUP}/"):
        _release(client, obj)
    try:
        client.delete(
            obj["apiVersion"], obj["kind"], name_of(obj), namespace_of(obj), uid=uid_of(obj)
        )
    except (NotFound, Conflict):  # gone, or another one of that name: not the one we made
        return []
    except Unavailable:
        raise
    except ApiError as error:
        return [f"{ObjectKey.of(obj)} could not be deleted: {error.message}"]
    return []


def _release(client: Client, app: Object) -> None:
    """The engine that would take its finalizer off has ended."""
    others = [f for f in app["metadata"].get("finalizers") or [] if f != FINALIZER]
    try:
        client.patch(app, {"metadata": {"finalizers": others}})
    except NotFound:
        return


def _wait_gone(client: Client, objects: Iterable[Object], wait: float) -> list[Object]:
    left = list(objects)
    deadline = time.monotonic() + wait
    while left := [obj for obj in left if _is_there(client, obj)]:
        if time.monotonic() > deadline:
            break
        time.sleep(_PAUSE)
    return left


def _is_there(client: Client, obj: Object) -> bool:
    try:
        live = client.get(obj["apiVersion"], obj["kind"], name_of(obj), namespace_of(obj))
    except NotFound:
        return False
    return uid_of(live) == uid_of(obj)


def _delete_definition(client: Client, definition: Object) -> list[str]:
    """A definition takes its objects along, so it goes only when there are none."""
    spec = definition["spec"]
    version = next(v["name"] for v in spec["versions"] if v.get("storage"))
    kind = spec["names"]["kind"]
    try:
        others = client.list(f"{spec['group']}/{version}", kind).items
    except NotFound:
        others = []
    if others:
        names = ", ".join(str(ObjectKey.of(obj)) for obj in others[:3])
        return [f"{ObjectKey.of(definition)}: others use it ({len(others)}: {names})"]
    return _delete(client, definition)

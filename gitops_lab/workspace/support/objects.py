"""Every object of a cluster: from its API, or from its store when the API is gone."""

from collections.abc import Iterator
from pathlib import Path

from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Client, Object
from gitops_lab.kube.discovery import ResourceInfo
from gitops_lab.kube.objects import name_of, uid_of
from gitops_lab.workspace.existing.removal import find_made

_ASK_SECONDS = 5.0
_SKIPPED = ("componentstatuses", "selfsubjectreviews")


Named = tuple[str, Object]
"""The name of the object's collection, as kubectl takes it (`deployments.apps`), and the object."""


def of_api(client: Client) -> Iterator[Named]:
    """Every object of every kind that may be listed. Raises ApiError when nothing answers."""
    client.request("GET", "/readyz", timeout=_ASK_SECONDS)
    seen: set[str] = set()
    for info in client.resources():
        if "list" not in info.verbs or info.plural in _SKIPPED:
            continue
        for obj in _listed(client, info):
            uid = str((obj.get("metadata") or {}).get("uid", ""))
            if not uid or uid not in seen:  # one object can be served in several groups
                seen.add(uid)
                yield _name(info.group, info.plural), obj


def of_visit(client: Client, mark: str) -> Iterator[Named]:
    """In somebody's cluster: what the workspace of that mark made, and what stands in namespaces
    that it made. The rest is nobody's business. Raises ApiError when nothing answers."""
    client.request("GET", "/readyz", timeout=_ASK_SECONDS)
    made = find_made(client, mark)
    seen = {uid_of(obj) for obj in made}
    for obj in made:
        info = client.resource(obj["apiVersion"], obj["kind"])
        yield _name(info.group, info.plural), obj
    own = [name_of(obj) for obj in made if obj["kind"] == "Namespace"]
    for info in client.resources():
        if "list" not in info.verbs or not info.namespaced:
            continue
        for namespace in own:
            for obj in _listed(client, info, namespace):
                if uid_of(obj) not in seen:
                    seen.add(uid_of(obj))
                    yield _name(info.group, info.plural), obj


def _listed(client: Client, info: ResourceInfo, namespace: str = "") -> list[Object]:
    """None of a kind that we may not read, or whose own server is away."""
    try:
        return client.list(info.api_version, info.kind, namespace).items
    except GitOpsLabError:
        return []


def of_store(path: Path) -> Iterator[Named]:
    """Every object on the disk of an embedded cluster that does not run."""
    from gitops_lab.apiserver.store.database import Database

    for entry in Database(path).load():
        group, _, plural = entry.key.collection.rpartition("/")
        yield _name(group, plural), entry.parsed()


def _name(group: str, plural: str) -> str:
    return f"{plural}.{group}" if group else plural

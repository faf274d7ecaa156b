"""Every object of a cluster: from its API, or from its store when the API is gone."""

from collections.abc import Iterator
from pathlib import Path

from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Client, Object

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
        try:
            found = client.list(info.api_version, info.kind).items
        except GitOpsLabError:  # a kind that we may not read, or whose own server is away
            continue
        for obj in found:
            uid = str((obj.get("metadata") or {}).get("uid", ""))
            if not uid or uid not in seen:  # one object can be served in several groups
                seen.add(uid)
                yield _name(info.group, info.plural), obj


def of_store(path: Path) -> Iterator[Named]:
    """Every object on the disk of an embedded cluster that does not run."""
    from gitops_lab.apiserver.store.database import Database

    for entry in Database(path).load():
        group, _, plural = entry.key.collection.rpartition("/")
        yield _name(group, plural), entry.parsed()


def _name(group: str, plural: str) -> str:
    return f"{plural}.{group}" if group else plural

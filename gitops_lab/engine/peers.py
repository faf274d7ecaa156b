"""What an App may know of the others: that they are there, how they stand, who waits for whom."""

from collections.abc import Mapping
from typing import Any, Protocol

from gitops_lab.engine.dependencies import BLOCKED, Needs, Peer
from gitops_lab.engine.status import Status
from gitops_lab.kube import Object


class Member(Protocol):
    """A worker, as the others see it."""

    @property
    def obj(self) -> Object:
        """The GitOpsApp."""

    @property
    def status(self) -> Status:
        """How it stands."""

    def trigger(self, why: str) -> None:
        """Let it look again."""


class Peers:
    """The Apps of a loop by `namespace/name`. Thread-safe: it only reads a mapping of others."""

    def __init__(self, members: Mapping[str, Member]) -> None:
        self._members = members

    def is_app(self, app_id: str) -> bool:
        """Whether there is an App of that id."""
        return app_id in self._members

    def get(self, app_id: str) -> Peer | None:
        """How another App stands, and what it reads."""
        member = self._members.get(app_id)
        if member is None:
            return None
        source = _mapping(_spec(member.obj).get("source"))
        revision = str(source.get("revision") or "main")
        return Peer(member.status, str(source.get("repo", "")), revision)

    def needs(self) -> Needs:
        """Who depends on whom, as the GitOpsApps say, valid or not."""
        return {app_id: _wanted(member.obj) for app_id, member in list(self._members.items())}

    def tell_dependents(self, app_id: str) -> None:
        """An App stands otherwise than before: let those look that wait for it."""
        for member in list(self._members.values()):
            if member.status.reason in BLOCKED and app_id in _wanted(member.obj):
                member.trigger("dependency")


def _wanted(obj: Object) -> tuple[str, ...]:
    wanted = _spec(obj).get("dependsOn")
    home = obj["metadata"].get("namespace", "")
    return tuple(
        f"{one.get('namespace') or home}/{one.get('name', '')}"
        for one in (wanted if isinstance(wanted, list) else ())
        if isinstance(one, dict)
    )


def _spec(obj: Object) -> Mapping[str, Any]:
    return _mapping(obj.get("spec"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

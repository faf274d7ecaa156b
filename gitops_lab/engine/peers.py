"""What an App may know of the others: that they are there, how they stand, who waits for whom."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from gitops_lab.engine.dependencies import BLOCKED, Needs, Peer
from gitops_lab.engine.status import Status


class Member(Protocol):
    """A worker, as the others see it."""

    @property
    def status(self) -> Status:
        """How it stands."""

    def reads(self) -> Iterable[tuple[str, str]]:
        """(repository, revision) of its sources, the first one first."""

    def needs(self) -> Iterable[str]:
        """The ids of the Apps that it depends on, valid or not."""

    def trigger(self, why: str) -> None:
        """Let it look again."""


class Peers:
    """The Apps of a loop by id. Thread-safe: it only reads a mapping of others."""

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
        repo, revision = next(iter(member.reads()), ("", "main"))
        return Peer(member.status, repo, revision)

    def needs(self) -> Needs:
        """Who depends on whom, as their resources say, valid or not."""
        return {app_id: tuple(member.needs()) for app_id, member in list(self._members.items())}

    def tell_dependents(self, app_id: str) -> None:
        """An App stands otherwise than before: let those look that wait for it."""
        for member in list(self._members.values()):
            if member.status.reason in BLOCKED and app_id in member.needs():
                member.trigger("dependency")

"""Which refs a push changed, told once each."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from gitops_lab.git.refs import all_refs

log = logging.getLogger(__name__)

ZERO = "0" * 40


@dataclass(frozen=True)
class RefUpdate:
    """A ref that moved; `old` is `ZERO` for a new ref, `new` for one that was deleted."""

    ref: str
    old: str
    new: str


@dataclass(frozen=True)
class Push:
    """What one push changed in one repository."""

    repo: str
    refs: tuple[RefUpdate, ...]


OnPush = Callable[[Push], None]


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[RefUpdate, ...]:
    """The refs that differ, sorted by name."""
    return tuple(
        RefUpdate(ref, before.get(ref, ZERO), after.get(ref, ZERO))
        for ref in sorted({**before, **after})
        if before.get(ref) != after.get(ref)
    )


class PushTeller:
    """Compares refs with those it last saw, and calls `on_push` in a thread of its own.

    Two pushes at once are told apart or together, but each moved ref is told exactly once. The
    call is in order and never holds up the push; what it raises is logged.
    """

    def __init__(self, on_push: OnPush | None) -> None:
        self._on_push = on_push
        self._seen: dict[str, dict[str, str]] = {}
        self._lock = Lock()
        self._caller = ThreadPoolExecutor(1, thread_name_prefix="git-push")

    def watch(self, repo: str, repository: Path) -> None:
        """Remember the refs as they are, unless the repository is known already."""
        with self._lock:
            if repo not in self._seen:
                self._seen[repo] = all_refs(repository)

    def tell(self, repo: str, repository: Path) -> Push | None:
        """Tell what moved since the last look, if anything did."""
        with self._lock:
            now = all_refs(repository)
            moved = changes(self._seen.get(repo, {}), now)
            self._seen[repo] = now
        if not moved:
            return None
        push = Push(repo, moved)
        if self._on_push is not None:
            self._caller.submit(self._call, self._on_push, push)
        return push

    def close(self) -> None:
        """Wait until everything is told."""
        self._caller.shutdown()

    def _call(self, on_push: OnPush, push: Push) -> None:
        try:
            on_push(push)
        except Exception:
            log.exception("after a push to %s", push.repo)

"""Waiting for objects to be well or to be gone, with the end that Flux's controllers find."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gitops_lab.dialects.flux.ssa.changes import subject
from gitops_lab.dialects.flux.ssa.kstatus import Health, assess
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import join_api_version

_LOOK = 0.25
"""Seconds between two looks; Flux's controllers take 5."""


class NotHealthy(Exception):
    """Time is up, or an object has failed; in Flux's words."""


class Interrupted(Exception):
    """The controller ends while it waits."""


@dataclass(frozen=True)
class Wanted:
    """An object to look at; `may_vanish` for a Job that is removed when it has ended."""

    key: ObjectKey
    version: str
    may_vanish: bool = False


@dataclass(frozen=True)
class Waiter:
    """Looks at a cluster; `assess` says how well an object is, `stopping` when to give up."""

    client: Client
    assess: Callable[[Object], Health] = assess
    stopping: Callable[[], bool] = lambda: False

    def until_current(self, wanted: Iterable[Wanted], timeout: float) -> None:
        """Wait until all are Current. Raises NotHealthy, at once when one has failed."""
        objects = list(wanted)
        deadline = time.monotonic() + timeout
        while objects:
            states = {one.key: self.state(one) for one in objects}
            bad = {key: state for key, state in states.items() if state is not Health.CURRENT}
            if not bad:
                return
            failed = {key: state for key, state in bad.items() if state is Health.FAILED}
            if failed:
                raise NotHealthy(f"failed early due to stalled resources: {_told(failed)}")
            if time.monotonic() >= deadline:
                raise NotHealthy(f"timeout waiting for: {_told(bad)}")
            self._pause()

    def until_gone(self, wanted: Iterable[Wanted], timeout: float) -> bool:
        """Whether all of them went within so many seconds."""
        left, deadline = list(wanted), time.monotonic() + timeout
        while left := [one for one in left if self._get(one) is not None]:
            if time.monotonic() >= deadline:
                return False
            self._pause()
        return True

    def state(self, one: Wanted) -> Health:
        """How well an object is now."""
        try:
            obj = self._get(one)
        except ApiError:
            return Health.UNKNOWN
        if obj is None:
            return Health.CURRENT if one.may_vanish else Health.NOT_FOUND
        return self.assess(obj)

    def _get(self, one: Wanted) -> Object | None:
        key = one.key
        api_version = join_api_version(key.group, one.version)
        try:
            return self.client.get(api_version, key.kind, key.name, key.namespace)
        except NotFound:
            return None

    def _pause(self) -> None:
        if self.stopping():
            raise Interrupted
        time.sleep(_LOOK)


def _told(states: Mapping[ObjectKey, Health]) -> str:
    rows = [f"{subject(key)} status: '{state}'" for key, state in states.items()]
    return f"[{', '.join(rows)}]"

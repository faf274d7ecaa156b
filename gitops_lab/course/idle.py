"""Waiting until the engine has nothing more to do."""

import time
from collections.abc import Callable

from gitops_lab.checks import World, engines, moving
from gitops_lab.checks.engines import SYNC
from gitops_lab.checks.settled import HEALED
from gitops_lab.checks.world import cluster_of, managed

TIMEOUT = 30.0
QUIET = 0.3
"""Seconds without a change, as a rule: Argo CD and Flux may say too early that they rest."""
STUCK = 2.0
"""Seconds without a change, after which a rollout that gets nowhere counts as at rest."""
HEALING = 20.0
"""The same for an app that is to be healed: the engine waits longer after each time by hand."""
SYNCING = 8.0
"""The same for a sync of Argo CD's: its hooks may take seconds in which nobody hears of them."""
PAUSE = 0.05
"""Seconds between two looks, or as long as one takes: a busy machine has other work, too."""


def wait_idle(
    world: World,
    timeout: float = TIMEOUT,
    waiting: Callable[[str], None] = lambda told: None,
    *,
    quiet: float = QUIET,
) -> bool:
    """Wait until the engine and all rollouts rest; False when time is up before.

    `waiting` is called with what is waited for, whenever that changes. `quiet` is for how many
    seconds nothing may change until what is at rest by its own word is believed to be.
    """
    deadline = time.monotonic() + timeout
    last, since, told = _signature(world), time.monotonic(), ""
    while True:
        begun = time.monotonic()
        busy = moving(world)
        if busy and busy != told:
            told = busy
            waiting(busy)
        now = time.monotonic()
        current = _signature(world)
        if current != last:
            last, since = current, now
        if now - since >= (_patience(busy) if busy else quiet):
            return True
        if now >= deadline:
            return False
        time.sleep(max(PAUSE, time.monotonic() - begun))


def _patience(busy: str) -> float:
    if busy.startswith(SYNC):
        return SYNCING
    return HEALING if busy.endswith(HEALED) else STUCK


def _signature(world: World) -> tuple[str, ...]:
    """Changes when an app or an object of one changes, or a branch moves."""
    versions = []
    for app in world.apps():
        versions.append(str(app["metadata"].get("resourceVersion")))
        for entry in managed(app):
            kind = f"{entry.api_version}/{entry.key.kind}"
            obj = world.find(kind, entry.key.name, entry.key.namespace, cluster_of(app))
            versions.append(str(obj and obj["metadata"].get("resourceVersion")))
    heads = [str(sorted(world.repositories.refs(n).items())) for n in world.repositories.names()]
    return (*versions, *engines.versions(world), *heads)

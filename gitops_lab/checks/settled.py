"""Whether anything in a workspace is still on its way."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.checks import engines
from gitops_lab.checks.world import World

HEALED = "to be healed"
BROKEN = frozenset({"source", "render", "plan", "apply", "app"})


def moving(world: World) -> str:
    """What is still moving, in words; "" when the engine and all rollouts rest."""
    apps = world.apps()
    told = (*(_engine(world, app) for app in apps), *(_rollout(app) for app in apps))
    return next(filter(None, told), "") or engines.busy(world) or engines.rolling_out(world)


def engine_moving(world: World) -> str:
    """What the engine has still to do, in words; "" when it rests. Rollouts may go on."""
    native = next(filter(None, (_engine(world, app) for app in world.apps())), "")
    return native or engines.busy(world)


def _engine(world: World, app: Mapping[str, Any]) -> str:
    name, spec = app["metadata"]["name"], app["spec"]
    status: Mapping[str, Any] = app.get("status") or {}
    if status.get("observedGeneration") != app["metadata"].get("generation"):
        return f"the engine to look at the app {name}"
    if spec.get("suspend"):
        return ""
    sync = status.get("sync") or {}
    policy = spec.get("syncPolicy") or {}
    follows = policy.get("automated") and not spec.get("suspend")
    head = world.head(spec["source"]["repo"], spec["source"].get("revision", "main"))
    skipped = bool(head) and status.get("skipped") == head
    if head and not skipped and status.get("revision") != head:
        return f"the app {name} to see the commit {head[:7]}"
    if broken(status):
        return ""
    if follows and head and not skipped and sync.get("revision") != head:
        return f"the app {name} to take the commit {head[:7]}"
    if follows and policy.get("selfHeal") and sync.get("status") == "OutOfSync":
        return f"the app {name} {HEALED}"
    return ""


def _rollout(app: Mapping[str, Any]) -> str:
    status: Mapping[str, Any] = app.get("status") or {}
    if broken(status) or (status.get("health") or {}).get("status") != "Progressing":
        return ""
    return f"the rollout of the app {app['metadata']['name']}"


def broken(status: Mapping[str, Any]) -> bool:
    """Whether a stage before health failed, so that only a new commit or a human helps."""
    return bool(status.get("failed")) and status.get("stage") in BROKEN

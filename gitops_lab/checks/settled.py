"""Whether anything in a workspace is still on its way."""

from collections.abc import Mapping
from typing import Any

from gitops_lab.checks.world import World

BROKEN = frozenset({"source", "render", "plan", "apply", "app"})


def moving(world: World) -> str:
    """What is still moving, in words; "" when everything is at rest."""
    return next(filter(None, (_moving(world, app) for app in world.apps())), "")


def _moving(world: World, app: Mapping[str, Any]) -> str:
    name, spec = app["metadata"]["name"], app["spec"]
    status: Mapping[str, Any] = app.get("status") or {}
    if status.get("observedGeneration") != app["metadata"].get("generation"):
        return f"the engine to look at the app {name}"
    sync, health = status.get("sync") or {}, status.get("health") or {}
    policy = spec.get("syncPolicy") or {}
    follows = policy.get("automated") and not spec.get("suspend")
    head = world.head(spec["source"]["repo"], spec["source"].get("revision", "main"))
    if head and status.get("revision") != head:
        return f"the app {name} to see the commit {head[:7]}"
    if broken(status):
        return ""
    if follows and head and sync.get("revision") != head:
        return f"the app {name} to take the commit {head[:7]}"
    if follows and policy.get("selfHeal") and sync.get("status") == "OutOfSync":
        return f"the app {name} to be healed"
    if health.get("status") == "Progressing":
        return f"the rollout of the app {name}"
    return ""


def broken(status: Mapping[str, Any]) -> bool:
    """Whether a stage before health failed, so that only a new commit or a human helps."""
    return bool(status.get("failed")) and status.get("stage") in BROKEN

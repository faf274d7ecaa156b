"""Whether an automated Application is synced now: the guards, one after the other. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gitops_lab.dialects.argocd.application.compare import OUT_OF_SYNC, SYNCED, Pair
from gitops_lab.dialects.argocd.application.retry import AUTOMATED_LIMIT
from gitops_lab.dialects.argocd.application.spec import Spec
from gitops_lab.dialects.argocd.application.tasks import COMPLETED, SUCCEEDED
from gitops_lab.engine.clock import parse
from gitops_lab.kube import Object
from gitops_lab.kube.objects import is_terminating

HEAL_FIRST, HEAL_FACTOR, HEAL_LONGEST, HEAL_COOLDOWN = 2.0, 3.0, 300.0, 330.0
"""Seconds before drift is healed again, and after how long the count begins anew."""


@dataclass(frozen=True)
class Decision:
    """An operation to begin, seconds to wait for one, or the condition that says why not."""

    operation: Object | None = None
    wait: float | None = None
    condition: str = ""


NOTHING = Decision()


def decide(
    spec: Spec,
    obj: Object,
    status: str,
    pairs: Sequence[Pair],
    revisions: Sequence[str],
    now: datetime,
) -> Decision:
    """What to do about a comparison. `status` is its word for the whole."""
    auto = spec.automated
    if auto is None or obj.get("operation") or is_terminating(obj) or status != OUT_OF_SYNC:
        return NOTHING
    due = [pair for pair in pairs if pair.status != SYNCED]
    if not auto.prune and all(pair.requires_pruning for pair in due):
        return NOTHING
    state = (obj.get("status") or {}).get("operationState") or {}
    told = f"[{' '.join(revisions)}]"
    sync: Object = {"revision": "" if spec.several else revisions[0]}
    if spec.several:
        sync |= {"revisions": list(revisions), "sources": [dict(one) for one in spec.sources]}
    else:
        sync["source"] = dict(spec.sources[0])
    if was_attempted(spec, state, revisions):
        if state.get("phase") != SUCCEEDED:
            said = state.get("message", "")
            last = _attempted(spec, state)
            return Decision(condition=f"Failed last sync attempt to [{last}]: {said}")
        if not auto.self_heal:
            return NOTHING
        count = healed(state, now)
        left = heal_delay(count, state, now)
        if left > 0:
            return Decision(wait=left)
        sync["autoHealAttemptsCount"] = count + 1
        sync["resources"] = [_selected(pair) for pair in due]
    if auto.prune and not auto.allow_empty and all(pair.requires_pruning for pair in pairs):
        why = "auto-sync will wipe out all resources"
        return Decision(condition=f"Skipping sync attempt to {told}: {why}")
    return Decision(operation=_operation(spec, sync, auto.prune))


def was_attempted(spec: Spec, state: Mapping[str, Any], revisions: Sequence[str]) -> bool:
    """Whether the last operation was for just these commits and sources."""
    if not state:
        return False
    result = state.get("syncResult")
    if not result:
        return state.get("phase") in COMPLETED
    if spec.several:
        same = list(result.get("revisions") or []) == list(revisions)
        return same and list(result.get("sources") or []) == list(spec.sources)
    same = result.get("revision", "") == revisions[0]
    return bool(same and result.get("source") == spec.sources[0])


def _attempted(spec: Spec, state: Mapping[str, Any]) -> str:
    result = state.get("syncResult") or {}
    found = result.get("revisions", []) if spec.several else [result.get("revision", "")]
    return " ".join(found) if result else ""


def healed(state: Mapping[str, Any], now: datetime) -> int:
    """How often in a row drift was healed."""
    sync = (state.get("operation") or {}).get("sync") or {}
    count = int(sync.get("autoHealAttemptsCount", 0))
    finished = parse(str(state.get("finishedAt", "")))
    if finished is None or (now - finished).total_seconds() >= HEAL_COOLDOWN:
        return 0
    return count


def heal_delay(count: int, state: Mapping[str, Any], now: datetime) -> float:
    """Seconds until drift may be healed once more."""
    if not count:
        return 0.0
    delay = min(HEAL_FIRST * HEAL_FACTOR ** (count - 1), HEAL_LONGEST)
    finished = parse(str(state.get("finishedAt", "")))
    return delay if finished is None else delay - (now - finished).total_seconds()


def _operation(spec: Spec, sync: Object, prune: bool) -> Object:
    if prune:
        sync["prune"] = True
    if spec.option_words:
        sync["syncOptions"] = list(spec.option_words)
    return {
        "initiatedBy": {"automated": True},
        "retry": _retry(spec),
        "sync": {key: value for key, value in sync.items() if value},
    }


def _retry(spec: Spec) -> Object:
    retry = spec.retry
    if retry is None:
        return {"limit": AUTOMATED_LIMIT}
    said = dict(spec.retry_said or {})
    return {name: value for name, value in said.items() if value}


def _selected(pair: Pair) -> Object:
    said = {"group": pair.key.group, "kind": pair.key.kind, "name": pair.key.name}
    return {key: value for key, value in said.items() if value}

"""How fast a proposal is followed: stabilization windows, policies and limits."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from gitops_lab.controllers.autoscaling.proposal import Tolerance
from gitops_lab.kube.objects import Object
from gitops_lab.kube.quantities import amount

_DOWN_WINDOW = 300
_KEPT = 3600.0
_FASTER = "the desired replica count is {} faster than the maximum scale rate"
_OUTSIDE = "the desired replica count is {} than the {} replica count"
_HIGHEST = "recent recommendations were higher than current one, applying the highest recent"
_LOWEST = "recent recommendations were lower than current one, applying the lowest recent"


@dataclass(frozen=True)
class Paced:
    """The size to take now, why it isn't later or sooner, and whether a limit cut it short."""

    replicas: int
    able: tuple[str, str]
    limited: bool
    limit: tuple[str, str]


@dataclass
class Memory:
    """What one autoscaler remembers: (monotonic time, size), (time, change)."""

    proposals: list[tuple[float, int]] = field(default_factory=list)
    changes: list[tuple[float, int]] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic

    def note_change(self, change: int) -> None:
        """The target was scaled by that many pods."""
        now = self.clock()
        kept = [one for one in self.changes if now - one[0] < _KEPT]
        self.changes = [*kept, (now, change)]

    def recent(self, proposal: int, seconds: float) -> list[int]:
        """The proposals of the last so many seconds; this one is among them."""
        now = self.clock()
        return [proposal, *(size for at, size in self.proposals if now - at < seconds)]

    def note_proposal(self, proposal: int) -> None:
        """Remember what was proposed now."""
        now = self.clock()
        kept = [one for one in self.proposals if now - one[0] < _KEPT]
        self.proposals = [*kept, (now, proposal)]

    def start_of_period(self, current: int, seconds: float) -> int:
        """How many pods there were that long ago."""
        now = self.clock()
        return current - sum(change for at, change in self.changes if now - at < seconds)


def tolerance(spec: Object) -> Tolerance:
    """A tenth, or what the behavior says."""
    behavior = spec.get("behavior") or {}
    found = {}
    for direction, name in (("up", "scaleUp"), ("down", "scaleDown")):
        value = (behavior.get(name) or {}).get("tolerance")
        found[direction] = 0.1 if value is None else float(amount(value))
    return Tolerance(**found)


def pace(spec: Object, current: int, proposal: int, memory: Memory) -> Paced:
    """What of a proposal is done now."""
    behavior = spec.get("behavior") or {}
    up, down = behavior.get("scaleUp") or {}, behavior.get("scaleDown") or {}
    stable, able = _stabilize(current, proposal, memory, (_window(up, 0), _window(down, None)))
    memory.note_proposal(proposal)
    low, high = int(spec.get("minReplicas") or 1), int(spec["maxReplicas"])
    if not spec.get("behavior"):
        tops, bottoms = (high, max(2 * current, 4)), (low, 0)
    else:
        # Each limit counts in its own direction only; the other can't be reached.
        tops = (high, _limit_up(up, current, memory)) if stable > current else (stable, stable)
        below = (low, _limit_down(down, current, memory))
        bottoms = below if stable < current else (stable, stable)
    return _clamp(stable, tops, bottoms, able)


def _window(rules: Object, default: int | None) -> int:
    value = rules.get("stabilizationWindowSeconds")
    if value is not None:
        return int(value)
    return _DOWN_WINDOW if default is None else default


def _stabilize(
    current: int, proposal: int, memory: Memory, windows: tuple[int, int]
) -> tuple[int, tuple[str, str]]:
    lowest, highest = (
        min(memory.recent(proposal, windows[0])),
        max(memory.recent(proposal, windows[1])),
    )
    stable = min(max(current, lowest), highest)
    if stable == proposal:
        return stable, ("ReadyForNewScale", "recommended size matches current size")
    if proposal >= current:
        return stable, ("ScaleUpStabilized", f"{_LOWEST} recommendation")
    return stable, ("ScaleDownStabilized", f"{_HIGHEST} recommendation")


def _clamp(
    stable: int, tops: tuple[int, int], bottoms: tuple[int, int], able: tuple[str, str]
) -> Paced:
    """Bounds of the spec, and of the pace, that apply."""
    (high, fastest), (low, slowest) = tops, bottoms
    top, why_top = high, ("TooManyReplicas", _OUTSIDE.format("more", "maximum"))
    if fastest < high:
        top, why_top = fastest, ("ScaleUpLimit", _FASTER.format("increasing"))
    bottom, why_bottom = low, ("TooFewReplicas", _OUTSIDE.format("less", "minimum"))
    if slowest > low:
        bottom, why_bottom = slowest, ("ScaleDownLimit", _FASTER.format("decreasing"))
    if stable > top:
        return Paced(top, able, True, why_top)
    if stable < bottom:
        return Paced(bottom, able, True, why_bottom)
    within = ("DesiredWithinRange", "the desired count is within the acceptable range")
    return Paced(stable, able, False, within)


def _limit_up(rules: Object, current: int, memory: Memory) -> int:
    if rules.get("selectPolicy") == "Disabled":
        return current
    found = []
    for policy, start in _policies(rules, current, memory):
        value = int(policy["value"])
        added = start + value if policy["type"] == "Pods" else ceil(start * (1 + value / 100))
        found.append(added)
    choose = min if rules.get("selectPolicy") == "Min" else max
    return max(current, choose(found, default=current))


def _limit_down(rules: Object, current: int, memory: Memory) -> int:
    if rules.get("selectPolicy") == "Disabled":
        return current
    found = []
    for policy, start in _policies(rules, current, memory):
        value = int(policy["value"])
        left = start - value if policy["type"] == "Pods" else int(start * (1 - value / 100))
        found.append(left)
    choose = max if rules.get("selectPolicy") == "Min" else min
    return min(current, choose(found, default=current))


def _policies(rules: Object, current: int, memory: Memory) -> Sequence[tuple[Any, int]]:
    return [
        (policy, memory.start_of_period(current, float(policy["periodSeconds"])))
        for policy in rules.get("policies") or []
    ]

"""Telling a fight with another controller from changes by hand. Pure: seconds come from the caller.

A controller answers our healing: its watch tells it at once, or its next round does, and it writes
the same object again. A person looks first, and writes with a tool for people; such a change is
healed at once, however many came before it.
"""

from dataclasses import dataclass, field

from gitops_lab.engine.semantics import Semantics
from gitops_lab.kube import ObjectKey

_HANDS = ("kubectl", "gitops-lab", "oc", "k9s", "Mozilla", "node-fetch", "curl")
"""How the field managers of people's tools begin; browsers and Lens name their HTTP library."""


@dataclass
class _Rounds:
    """`at` is when the object was healed last, `by` who had changed it before, "" unknown.

    `count` are the healings in a row that were answered; `answered` whether the last one was.
    """

    at: float
    by: str
    count: int = 0
    answered: bool = False


@dataclass
class Fights:
    """How eagerly the drift of each object of an App is healed."""

    semantics: Semantics
    _rounds: dict[ObjectKey, _Rounds] = field(default_factory=dict)

    def healed(self, key: ObjectKey, by: str, now: float) -> None:
        """An object was healed just now; `by` is the manager that had changed it, if known."""
        before = self._rounds.get(key)
        self._rounds[key] = _Rounds(now, by, before.count if before and before.answered else 0)

    def delay(self, key: ObjectKey, now: float) -> float:
        """Seconds to wait before an object that drifted is healed: none, unless it is a fight."""
        rounds = self._rounds.get(key)
        if rounds is None:
            return 0.0
        if not rounds.answered:
            rounds.count = rounds.count + 1 if self._is_answer(rounds, now) else 0
            rounds.answered = True
        excess = rounds.count - self.semantics.heal_at_once
        if excess < 0:
            return 0.0
        delay = self.semantics.heal.delay(excess + 1) or self.semantics.heal.longest
        return max(0.0, rounds.at + delay - now)

    def rounds(self, key: ObjectKey) -> tuple[int, str]:
        """How many healings in a row were answered, and by whom, "" unknown."""
        rounds = self._rounds.get(key)
        return (rounds.count, rounds.by) if rounds else (0, "")

    def _is_answer(self, rounds: _Rounds, now: float) -> bool:
        since = now - rounds.at
        if since <= self.semantics.heal_reflex:
            return True
        machine = bool(rounds.by) and not rounds.by.startswith(_HANDS)
        return machine and since <= self.semantics.heal_forgiven

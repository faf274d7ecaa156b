"""How an engine behaves, as a value. What differs between engines is read from here alone.

`native` is ours; a dialect hands in another one (see the table of engines in the site's
architecture page).
"""

from dataclasses import dataclass, field

from gitops_lab.engine.marks import NATIVE, Annotations, Write
from gitops_lab.engine.ownership import FIELD_MANAGER, NATIVE_MARKS, Marks


@dataclass(frozen=True)
class Backoff:
    """Waiting times in seconds: `first`, then times `factor`, at most `longest`.

    `limit` is the number of tries after which nothing is tried any more; None is for ever.
    """

    first: float = 1.0
    factor: float = 2.0
    longest: float = 60.0
    limit: int | None = None

    def delay(self, attempt: int) -> float | None:
        """Seconds to wait after the failed try number `attempt` (from 1); None to give up."""
        if self.limit is not None and attempt > self.limit:
            return None
        steps = min(max(attempt - 1, 0), 60)
        return float(min(self.first * self.factor**steps, self.longest))


@dataclass(frozen=True)
class Semantics:
    """What a GitOps engine does without being told.

    resync, resync_jitter   seconds between two comparisons when nothing was noticed
    write                   how objects are written that don't say it themselves
    force_conflicts         take over fields that another manager owns
    allow_empty             whether a commit without any object may prune everything
    preempt                 whether a new commit ends the wait of an older one
    heal                    how fast drift is healed in a fight with another controller
    heal_at_once            healings in a row that have to be answered until it is a fight
    heal_reflex             seconds within which nobody but a machine changes a healed object again
    heal_forgiven           seconds after which another controller's change is no answer any more
    annotations             the names under which objects ask for waves and hooks
    marks                   how managed objects are marked
    share                   whether an object of another App is taken over rather than refused
    crd_timeout             seconds to wait until a definition is established
    workers                 writes at a time to one cluster
    """

    name: str = "native"
    resync: float = 180.0
    resync_jitter: float = 30.0
    field_manager: str = FIELD_MANAGER
    write: Write = Write.SERVER
    force_conflicts: bool = True
    allow_empty: bool = False
    preempt: bool = True
    retry: Backoff = field(default_factory=Backoff)
    heal: Backoff = field(default_factory=lambda: Backoff(first=0.5, longest=60.0))
    heal_at_once: int = 5
    heal_reflex: float = 1.0
    heal_forgiven: float = 10.0
    annotations: Annotations = NATIVE
    marks: Marks = NATIVE_MARKS
    share: bool = False
    crd_timeout: float = 30.0
    history: int = 10
    workers: int = 8


def native(timing: str = "lab") -> Semantics:
    """Our own behaviour: `lab` waits as a learner can bear, `real` as at work."""
    if timing == "real":
        patient = Backoff(first=5.0, longest=180.0)
        return Semantics(resync=180.0, resync_jitter=60.0, retry=patient)
    return Semantics()

"""What one pass of an App works with, and what its stages leave for those after them."""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gitops_lab.engine.app import App
from gitops_lab.engine.apply import Outcome
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.desired import Desired, Prepared
from gitops_lab.engine.errors import PlanError
from gitops_lab.engine.events import ChainEvent
from gitops_lab.engine.marks import Hook
from gitops_lab.engine.origin import Sources
from gitops_lab.engine.peers import Peers
from gitops_lab.engine.records import Records
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.source import Artifact, Commit
from gitops_lab.engine.status import LastSync, Status
from gitops_lab.kube import Client, ObjectKey
from gitops_lab.kube.errors import ApiError


@dataclass
class Run:
    """What one pass works with.

    `report` writes a status at once and raises ApiError, `tell` emits a chain event; `former` is
    the cluster that the App has just left, if it has, and `home` the one in which the App lives.
    `prepared` is what the pass before made of the App's objects. `waited` are the seconds for
    which it has waited for other Apps. `healed` is what had drifted and stands again, each with
    the manager that had changed it.
    """

    app: App
    previous: Status
    cluster: Cluster | None
    sources: Sources
    records: Records
    semantics: Semantics
    report: Callable[[Status], object]
    tell: Callable[[ChainEvent], None]
    cancelled: Callable[[], bool] = lambda: False
    peers: Peers = field(default_factory=lambda: Peers({}))
    waited: float = 0.0
    former: Cluster | None = None
    home: Client | None = None
    prepared: Prepared = field(default_factory=Prepared)
    # what the stages leave for those after them
    commit: Commit | None = None
    skipped: str = ""
    artifact: Artifact | None = None
    desired: tuple[Desired, ...] = ()
    hooks: tuple[Hook, ...] = ()
    ignored: tuple[Desired, ...] = ()
    last_sync: LastSync | None = None
    outcomes: tuple[Outcome, ...] = ()
    healed: Mapping[ObjectKey, str] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)

    def done(self, stage: str, reason: str, message: str = "", **data: Any) -> None:
        """Tell that a stage is done, with its seconds."""
        seconds = time.monotonic() - self._since
        self._since += seconds
        facts = {**data, "seconds": round(seconds, 4)}
        self.tell(ChainEvent(self.app.id, stage, reason, message, data=facts))

    @property
    def besides(self) -> tuple[Desired, ...]:
        """What is in Git, and neither compared nor pruned."""
        return (*(hook.one for hook in self.hooks), *self.ignored)

    def on_record(self) -> None:
        """Write the status as it stands before going on. Raises PlanError.

        The inventory stands before the objects do: else a crash would leave them to nobody.
        """
        try:
            self.report(self.previous)
        except ApiError as error:
            raise PlanError(
                f"can't write the status of the App: {error.message}",
                reason="StatusNotWritten",
                hint=error.hint or "It is tried again.",
            ) from error

    def tell_step(self, name: str) -> None:
        """A sync of more than one step has come to this one."""
        before = self.previous.message.partition(" Now: ")[0]
        self.previous = replace(self.previous, message=f"{before} Now: {name}.")
        self.tell(ChainEvent(self.app.id, "apply", "Step", name))
        with contextlib.suppress(ApiError):  # a courtesy
            self.report(self.previous)

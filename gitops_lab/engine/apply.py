"""Writing a plan's objects: in kind order, in parallel within a kind, only what changes.

A failure ends the sync after the kind in which it happened; what is written stays written, and
the error names each object that failed and each that was not tried.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from gitops_lab.engine.app import App
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.desired import CRD, Desired
from gitops_lab.engine.errors import ApplyError, StageError
from gitops_lab.engine.failures import refused
from gitops_lab.engine.plan import Action, Change
from gitops_lab.engine.records import Records
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.waiting import Preempted, Waiter
from gitops_lab.engine.write import Writer
from gitops_lab.errors import Place
from gitops_lab.kube import Informer, Object, ObjectKey
from gitops_lab.kube.errors import AlreadyExists, ApiError
from gitops_lab.kube.objects import condition_of, name_of
from gitops_lab.kube.order import kind_rank


class Done(StrEnum):
    """What became of a change."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"
    PRUNED = "pruned"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Outcome:
    """One object after a sync; `error` when it failed."""

    key: ObjectKey
    done: Done
    error: StageError | None = None


class SyncFailed(ApplyError):
    """A sync ended half-way; `outcomes` has a row for each object that was to be written."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        failed = [outcome for outcome in outcomes if outcome.error]
        first = failed[0].error
        assert first is not None
        super().__init__(
            _half_way(first, outcomes),
            reason=first.reason,
            hint=first.hint,
            place=first.place,
            retry=any(outcome.error and outcome.error.retry for outcome in failed),
        )
        self.outcomes = tuple(outcomes)


@dataclass
class Applier:
    """Writes for one App to one cluster."""

    app: App
    cluster: Cluster
    records: Records
    semantics: Semantics
    waiter: Waiter

    def apply(self, changes: Iterable[Change]) -> tuple[Outcome, ...]:
        """Write what is to be created or updated. Raises SyncFailed, ApplyError, Preempted."""
        changes = [c for c in changes if c.action in (Action.CREATE, Action.UPDATE)]
        outcomes: list[Outcome] = []
        for _, stage in groupby(changes, key=lambda change: kind_rank(change.key.group_kind)):
            self._stop_if_cancelled()
            batch = list(stage)
            outcomes += self.cluster.each(self._apply_one, batch)
            if any(outcome.error for outcome in outcomes):
                self.cluster.namespaces.discard(self.app.destination.namespace)
                rest = changes[len(outcomes) :]
                raise SyncFailed([*outcomes, *(Outcome(c.key, Done.NOT_TRIED) for c in rest)])
            self._wait_established([change for change in batch if change.key.kind == CRD])
        return tuple(outcomes)

    def _apply_one(self, change: Change) -> Outcome:
        one = change.desired
        assert one is not None
        before = self.cluster.live.get(one.key)
        try:
            answer = Writer(self.cluster.client, self.semantics, self.waiter).write(one)
        except ApiError as error:
            return Outcome(one.key, Done.FAILED, refused(error, one, ApplyError))
        except ApplyError as error:
            return Outcome(one.key, Done.FAILED, error)
        seen = self.cluster.live.observe(answer)
        self.records.confirm(one, seen)
        if before and before.version == seen.version:
            return Outcome(one.key, Done.UNCHANGED)
        return Outcome(one.key, _done(change, answer, self.semantics.field_manager))

    def create_namespace(self, changes: Sequence[Change], *, needed: bool = False) -> None:
        """The destination's namespace, which is neither tracked nor pruned. Raises ApplyError.

        It is made when one of the changes is to create something there, or when it is `needed`.
        """
        name = self.app.destination.namespace
        there = [change.action for change in changes if change.key.namespace == name]
        # Where nothing of the App is there, the namespace may have gone with it since it was seen.
        seen = name in self.cluster.namespaces and set(there) != {Action.CREATE}
        if not self.app.destination.create_namespace or seen:
            return
        new = Action.CREATE in there
        in_git = any(c.key == ObjectKey("", "Namespace", "", name) for c in changes)
        if not (new or needed) or in_git:
            return
        obj: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        try:
            self.cluster.client.create(obj, field_manager=self.semantics.field_manager)
        except AlreadyExists:
            pass
        except ApiError as error:
            one = Desired(ObjectKey.of(obj), obj, b"")
            raise refused(error, one, ApplyError) from error
        self.cluster.namespaces.add(name)

    def _wait_established(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        missing = {change.key.name for change in changes}
        ready = threading.Event()

        def on_event(_: str, crd: Object, __: Object | None) -> None:
            if is_established(crd):
                missing.discard(name_of(crd))
            if not missing:
                ready.set()

        informer = Informer(self.cluster.client, changes[0].api_version, CRD, on_event=on_event)
        informer.start()
        try:
            self._await(ready, missing)
        finally:
            informer.stop()

    def _await(self, ready: threading.Event, missing: set[str]) -> None:
        waited = 0.0
        while not ready.wait(_LOOK_UP):
            waited += _LOOK_UP
            self._stop_if_cancelled()
            if waited >= self.semantics.crd_timeout:
                name = min(missing)
                raise ApplyError(
                    f"the definition {name} was not established within {waited:.0f} s.",
                    reason="DefinitionNotEstablished",
                    hint=f"See the conditions: `kubectl describe crd {name}`.",
                    place=Place(object=f"apiextensions.k8s.io/{CRD}/{name}"),
                )

    def _stop_if_cancelled(self) -> None:
        if self.waiter.cancelled():
            raise Preempted


_LOOK_UP = 0.2
"""Seconds after which a wait looks whether a newer commit has come."""


def is_established(crd: Object) -> bool:
    """Whether the server serves the kind that a CustomResourceDefinition defines."""
    return (condition_of(crd, "Established") or {}).get("status") == "True"


def _done(change: Change, answer: Object, manager: str) -> Done:
    """An object that others had written before was there before, whatever we believed."""
    if change.action is not Action.CREATE:
        return Done.CONFIGURED
    managers = {entry.get("manager") for entry in answer["metadata"].get("managedFields") or []}
    return Done.CREATED if managers <= {manager} else Done.CONFIGURED


def _half_way(first: StageError, outcomes: Sequence[Outcome]) -> str:
    failed = [str(outcome.key) for outcome in outcomes if outcome.error]
    written = sum(1 for o in outcomes if o.done not in (Done.FAILED, Done.NOT_TRIED))
    waiting = sum(1 for outcome in outcomes if outcome.done is Done.NOT_TRIED)
    parts = [first.message.rstrip(". ") + "."]
    if len(failed) > 1:
        parts.append(f"Also refused: {', '.join(failed[1:6])}{_more(len(failed) - 6)}.")
    if written or waiting:
        parts.append(f"{written} written before, {waiting} not tried.")
    return " ".join(parts)


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""

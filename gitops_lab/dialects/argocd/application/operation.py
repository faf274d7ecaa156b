"""An operation: what is asked for in `.operation`, and how it stands in `.status`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gitops_lab.dialects.argocd.application.options import SyncOptions
from gitops_lab.dialects.argocd.application.retry import Retry
from gitops_lab.dialects.argocd.application.spec import Spec, as_typed
from gitops_lab.dialects.argocd.application.tasks import COMPLETED, ERROR, FAILED, RUNNING
from gitops_lab.engine.clock import parse, stamp
from gitops_lab.kube import Object, ObjectKey


@dataclass(frozen=True)
class Request:
    """`.operation.sync`, read."""

    raw: Mapping[str, Any]
    retry: Retry

    @classmethod
    def of(cls, operation: Mapping[str, Any]) -> "Request":
        """Raises AppError for a retry that can't be read."""
        return cls(operation.get("sync") or {}, Retry.of(operation.get("retry")))

    @property
    def revisions(self) -> tuple[str, ...]:
        """The commits asked for; () for those of the sources."""
        said = self.raw.get("revisions") or [self.raw.get("revision", "")]
        return tuple(str(one) for one in said if one)

    @property
    def is_rollback(self) -> bool:
        """Whether it brings its own source."""
        return bool(self.raw.get("source") or self.raw.get("sources"))

    @property
    def is_partial(self) -> bool:
        """Whether it is about some objects only."""
        return bool(self.raw.get("resources"))

    @property
    def is_recorded(self) -> bool:
        """Whether its success goes down in history."""
        return not (self.is_partial or self.raw.get("dryRun"))

    @property
    def skips_hooks(self) -> bool:
        """Whether no hooks run."""
        return self.is_partial or "apply" in (self.raw.get("syncStrategy") or {})

    @property
    def forces(self) -> bool:
        """Whether what can't be changed is made anew."""
        strategy = self.raw.get("syncStrategy") or {}
        return any((strategy.get(name) or {}).get("force") for name in ("apply", "hook"))

    @property
    def options(self) -> SyncOptions:
        """The operation's own sync options."""
        return SyncOptions.parse(self.raw.get("syncOptions") or ())

    def selects(self, key: ObjectKey) -> bool:
        """Whether an object is among those that it is about."""
        return not self.is_partial or any(
            (one.get("group", ""), one.get("kind"), one.get("name"))
            == (key.group, key.kind, key.name)
            and one.get("namespace", key.namespace) == key.namespace
            for one in self.raw["resources"]
        )

    def applied_to(self, spec: Spec) -> Spec:
        """The specification with the sources of a rollback."""
        if sources := self.raw.get("sources"):
            return replace(spec, sources=tuple(as_typed(one) for one in sources), several=True)
        if source := self.raw.get("source"):
            return replace(spec, sources=(as_typed(source),), several=False)
        return spec


def begun(operation: Mapping[str, Any], now: datetime) -> Object:
    """The state of an operation that has just begun."""
    whole: Object = {"initiatedBy": {}, **operation}
    whole["retry"] = {k: v for k, v in (operation.get("retry") or {}).items() if v}
    if resources := (operation.get("sync") or {}).get("resources"):
        named = [{k: v for k, v in one.items() if v} for one in resources]
        whole["sync"] = {**operation["sync"], "resources": named}
    return {"operation": whole, "phase": RUNNING, "startedAt": stamp(now)}


def asked_result(spec: Spec, request: Request, *, newest: bool) -> Object:
    """The `syncResult` before anything is resolved: the revisions are those that were asked for.

    `newest`: those of the sources, whatever was asked for.
    """
    asked = (() if newest else request.revisions) or [
        str(one.get("targetRevision", "")) for one in spec.sources
    ]
    return sync_result(spec, request, asked, ())


def is_over(state: Mapping[str, Any] | None) -> bool:
    """Whether there is no operation, or it has ended."""
    return not state or state.get("phase") in COMPLETED


def waits_until(state: Mapping[str, Any], retry: Retry) -> datetime | None:
    """When a failed operation is tried again; None when it isn't between two tries."""
    finished = parse(str(state.get("finishedAt", "")))
    if state.get("phase") != RUNNING or finished is None:
        return None
    count = int(state.get("retryCount", 0))
    return finished + timedelta(seconds=retry.delay(count))


def after_step(state: Object, retry: Retry, now: datetime, *, terminating: bool) -> Object:
    """A failed step is put back to Running as long as it may be tried again."""
    if state["phase"] not in (FAILED, ERROR):
        return {**state, "finishedAt": stamp(now)} if state["phase"] in COMPLETED else state
    count = int(state.get("retryCount", 0))
    if not terminating and retry.allows(count):
        when = now + timedelta(seconds=retry.delay(count))
        clock = when.strftime("%I:%M%p").lstrip("0")
        return {
            **state,
            "phase": RUNNING,
            "finishedAt": stamp(now),
            "retryCount": count + 1,
            "message": f"{state['message']}. Retrying attempt #{count + 1} at {clock}.",
        }
    told = f"{state['message']} (retried {count} times)." if count else state["message"]
    return {**state, "message": told, "finishedAt": stamp(now)}


def sync_result(
    spec: Spec, request: Request, revisions: Sequence[str], results: Sequence[Object]
) -> Object:
    """`.status.operationState.syncResult`."""
    said: Object = {"revision": "" if spec.several else revisions[0]}
    said["source"] = dict(spec.sources[0])
    if spec.several:
        said["revisions"] = list(revisions)
        said["sources"] = [dict(one) for one in spec.sources]
        if request.is_rollback:
            said["source"] = {"repoURL": ""}
    if results:
        said["resources"] = list(results)
    if spec.namespace_metadata is not None:
        said["managedNamespaceMetadata"] = {
            name: dict(values) for name, values in spec.namespace_metadata.items() if values
        }
    return said

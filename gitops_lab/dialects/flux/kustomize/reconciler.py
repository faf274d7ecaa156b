"""Kustomization, as kustomize-controller reconciles it.

It looks when its interval is over, when its source has another revision, when its spec changes and
when it is asked to; never because an object has drifted. `_Pass` is the story.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gitops_lab.dialects.controller import Controller
from gitops_lab.dialects.flux.clusters import ClusterFailed
from gitops_lab.dialects.flux.draft import READY, RECONCILING, REQUESTED_AT, STALLED, Draft
from gitops_lab.dialects.flux.durations import duration
from gitops_lab.dialects.flux.events import ERROR, INFO, News
from gitops_lab.dialects.flux.expressions import BadExpression
from gitops_lab.dialects.flux.health_checks import assessor
from gitops_lab.dialects.flux.kustomize.build import Built, build
from gitops_lab.dialects.flux.kustomize.dependencies import check_dependencies
from gitops_lab.dialects.flux.kustomize.failures import (
    APPLY,
    ARTIFACT,
    BAD_CEL,
    HEALTH,
    PRUNE,
    TERMINAL,
    Failed,
    Stalled,
    Waits,
)
from gitops_lab.dialects.flux.kustomize.followers import Followers
from gitops_lab.dialects.flux.kustomize.origin import (
    ORIGIN_REVISION,
    artifact_of,
    refuse_unsupported,
)
from gitops_lab.dialects.flux.kustomize.records import (
    entries_of,
    objects_of,
    with_changes,
    with_snapshot,
)
from gitops_lab.dialects.flux.kustomize.removal import Removal
from gitops_lab.dialects.flux.kustomize.sealed import refuse_sealed
from gitops_lab.dialects.flux.kustomize.spec import API_VERSION, CONTROLLER, GROUP, KIND, Spec
from gitops_lab.dialects.flux.kustomize.writing import (
    KEEP,
    acting,
    ignore_rules,
    marks_of,
    options,
    owned,
)
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.ssa.changes import Action, Change, identity, listed
from gitops_lab.dialects.flux.ssa.kstatus import Health
from gitops_lab.dialects.flux.ssa.manager import ApplyFailed, DeleteFailed, Manager
from gitops_lab.dialects.flux.ssa.wait import Interrupted, NotHealthy, Waiter, Wanted
from gitops_lab.dialects.flux.storage import ArtifactMissing
from gitops_lab.dialects.flux.triggers import asked_anew
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.objects import annotations_of

log = logging.getLogger(__name__)
HEALTHY = "Healthy"
PROGRESSING, RETRYING, SUCCEEDED = "Progressing", "ProgressingWithRetry", "ReconciliationSucceeded"
_JITTER = 0.05


class Kustomizations:
    """The controller of all Kustomizations."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._stopping = threading.Event()
        self._controller = Controller(
            context.client, API_VERSION, KIND, self._reconcile, name=CONTROLLER, wants=asked_anew
        )
        self._followers: Followers | None = None
        self._sourced: dict[tuple[str, str], str] = {}

    def start(self) -> None:
        """Begin to follow Kustomizations, and what they depend on."""
        self._followers = Followers(self._context.client, self._controller, self._sourced)
        self._controller.start()
        self._followers.start()

    def stop(self) -> None:
        """End, also those that wait for health."""
        self._stopping.set()
        if self._followers:
            self._followers.stop()
        self._controller.stop()

    def _reconcile(self, seen: Object) -> float | None:
        draft = Draft.newest(self._context.client, seen, CONTROLLER)
        if draft is None:
            return None
        if _has_applied(draft, self._sourced.pop((draft.namespace, draft.name), "")):
            return Spec.of(draft.obj).interval
        try:
            pause = _Pass(self._context, draft, self._stopping).run()
        except Interrupted:
            return None
        if self._context.lab and self._followers and draft.is_true(READY):
            self._followers.ready(draft.obj)
        return pause


def _has_applied(draft: Draft, revision: str) -> bool:
    """Whether what a source told of was applied by a pass that was under way already."""
    status = draft.status
    asked = annotations_of(draft.obj).get(REQUESTED_AT, status.get("lastHandledReconcileAt"))
    return (
        bool(revision)
        and not draft.deleting
        and draft.is_true(READY)
        and status.get("lastAppliedRevision") == revision
        and status.get("observedGeneration") == draft.generation
        and status.get("lastHandledReconcileAt") == asked
    )


class _Pass:
    """One reconciliation of one Kustomization."""

    def __init__(self, context: Context, draft: Draft, stopping: threading.Event) -> None:
        self._context, self._draft = context, draft
        self._stopping = stopping
        self._spec = Spec.of(draft.obj)
        self._revision = self._origin = ""
        self._target = context.client
        self._since = time.monotonic()

    def run(self) -> float | None:
        """The seconds until the next look; None for none. Raises Interrupted, TryAgain."""
        draft, spec = self._draft, self._spec
        if draft.deleting:
            Removal(self._context, draft, spec, self._stopping.is_set).carry_out()
            return None
        draft.hold()
        if spec.get("suspend"):
            return self._end(None)
        try:
            self._stages()
        except Stalled as error:
            draft.failed(error.reason, error.message)
            draft.stalled(error.reason, error.message)
            draft.observed()
            self._tell(ERROR, error.message)
            return self._end(None)
        except Waits as error:
            draft.failed(error.reason, error.message)
            if error.told:
                self._tell(INFO, error.told)
            return self._end(error.pause)
        except Failed as error:
            draft.failed(error.reason, error.message)
            self._tell(ERROR, error.told)
            return self._end(spec.retry)
        return self._succeeded()

    def _succeeded(self) -> float | None:
        draft, spec = self._draft, self._spec
        pause = self._end(spec.interval * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311
        took, following = duration(self._seconds()), duration(spec.interval)
        self._tell(
            INFO,
            f"Reconciliation finished in {took}, next run in {following}",
            {f"{GROUP}/commit_status": "update"},
        )
        log.debug("%s/%s is ready", draft.namespace, draft.name)
        return pause

    def _end(self, pause: float | None) -> float | None:
        """The status as it stays until the next reconciliation."""
        draft = self._draft
        draft.handled()
        if draft.is_true(READY):
            draft.unmark(RECONCILING)
            draft.observed()
        elif draft.condition(READY).get("status") == "False" and draft.is_true(RECONCILING):
            draft.reconciling(RETRYING, str(draft.condition(RECONCILING)["message"]))
        draft.write()
        return pause

    def _stages(self) -> None:
        draft, spec, client = self._draft, self._spec, self._context.client
        refuse_unsupported(spec, self._context.reaches)
        judge = self._judge()
        artifact = artifact_of(client, spec)
        self._revision = str(artifact["revision"])
        self._origin = str((artifact.get("metadata") or {}).get(ORIGIN_REVISION) or "")
        check_dependencies(client, draft.obj, spec, self._revision, self._told_waiting())
        draft.mark(READY, "Unknown", PROGRESSING, "Reconciliation in progress")
        self._progress("Fetching manifests")
        built = self._built(artifact)
        manager = self._manager(judge)
        self._progress("Detecting drift")
        changes = self._applied(built, manager)
        self._pruned(built, manager, changes)
        self._check_health(built, manager, changes)
        draft.status["lastAppliedRevision"] = self._revision
        draft.status.pop("lastAppliedOriginRevision", None)
        if self._origin:
            draft.status["lastAppliedOriginRevision"] = self._origin
        draft.mark(READY, "True", SUCCEEDED, f"Applied revision: {self._revision}")
        self._note(built, SUCCEEDED)

    def _judge(self) -> Callable[[Object], Health]:
        try:
            return assessor(self._spec.get("healthCheckExprs") or [])
        except BadExpression as error:
            raise Stalled(BAD_CEL, f"{TERMINAL}: {error}") from error

    def _told_waiting(self) -> str:
        told = "Dependencies do not meet ready condition, retrying in 30s"
        return f"{told}, or as soon as they do (timing lab)" if self._context.lab else told

    def _built(self, artifact: Mapping[str, Any]) -> Built:
        try:
            folder = self._context.storage.folder(artifact)
        except ArtifactMissing as error:
            told = "Source is not ready, artifact not found, retrying in 30s"
            raise Waits(ARTIFACT, told) from error
        built = build(folder, self._spec, self._context.client, self._attempts)
        for obj in built.objects:
            owned(obj, self._draft.name, self._draft.namespace, self._spec)
        return built

    def _attempts(self) -> None:
        self._draft.status["lastAttemptedRevision"] = self._revision
        self._progress("Building manifests")
        try:
            self._target = acting(self._context.client, self._spec)
        except ClusterFailed as error:
            told = f"failed to build kube client: {error.message}"
            raise Failed(APPLY, error.message, told) from error

    def _manager(self, judge: Any) -> Manager:
        client = self._target
        return Manager(client, CONTROLLER, Waiter(client, judge, self._stopping.is_set))

    def _applied(self, built: Built, manager: Manager) -> list[Change]:
        spec = self._spec
        try:
            refuse_sealed(built.objects)
        except Failed:
            self._note(built, APPLY)
            raise
        how = options(bool(spec.get("force")), ignore_rules(spec))
        try:
            changes = manager.apply_staged(built.objects, how)
        except ApplyFailed as error:
            done = "".join(f"{line}\n" for line in listed(error.done).splitlines())
            self._note(built, APPLY)
            raise Failed(APPLY, f"{error}\n{done}") from error
        if told := listed(changes):
            self._tell(INFO, told)
        return changes

    def _pruned(self, built: Built, manager: Manager, changes: Sequence[Change]) -> None:
        """Delete what left the source. What could not be deleted stays in the inventory."""
        draft = self._draft
        written = {identity(change.key) for change in changes}
        stale = [one for one in entries_of(draft.status) if one["id"] not in written]
        draft.status["inventory"] = with_changes(changes)
        if not self._spec.prunes or not stale:
            return
        try:
            gone = manager.delete_all(objects_of(stale), marks_of(draft), KEEP)
        except DeleteFailed as error:
            settled = (Action.DELETED, Action.SKIPPED)
            done = {identity(one.key) for one in error.changes if one.action in settled}
            kept = [one for one in stale if one["id"] not in done]
            draft.status["inventory"] = with_changes(changes, kept)
            self._note(built, PRUNE)
            raise Failed(PRUNE, str(error)) from error
        self._tell(INFO, "\n".join(str(change) for change in gone))

    def _check_health(self, built: Built, manager: Manager, changes: Sequence[Change]) -> None:
        draft, spec = self._draft, self._spec
        wanted = self._wanted(built, changes)
        if not wanted:
            draft.unmark(HEALTHY)
            return
        was_healthy, since = draft.is_true(HEALTHY), time.monotonic()
        new = draft.status.get("lastAppliedRevision") != self._revision
        self._progress("Running health checks", HEALTHY)
        try:
            manager.waiter.until_current(wanted, spec.timeout)
        except NotHealthy as error:
            draft.mark(HEALTHY, "False", HEALTH, str(error))
            self._note(built, HEALTH)
            took = duration(time.monotonic() - since)
            raise Failed(HEALTH, f"health check failed after {took}: {error}") from error
        told = f"Health check passed in {duration(time.monotonic() - since)}"
        if not was_healthy or (new and listed(changes)):
            self._tell(INFO, told)
        draft.mark(HEALTHY, "True", "Succeeded", told)
        draft.write()

    def _wanted(self, built: Built, changes: Sequence[Change]) -> list[Wanted]:
        """The objects whose health counts: all with `wait`, else those that are named."""
        spec, draft = self._spec, self._draft
        vanishing = {
            ObjectKey.of(obj)
            for obj in built.objects
            if obj["kind"] == "Job" and "ttlSecondsAfterFinished" in (obj.get("spec") or {})
        }
        found = spec.checked
        if spec.get("wait"):
            found = [(c.key, c.version) for c in changes if c.action is not Action.SKIPPED]
        itself = (KIND, draft.namespace, draft.name)
        return [
            Wanted(key, version, key in vanishing)
            for key, version in found
            if (key.kind, key.namespace, key.name) != itself
        ]

    def _progress(self, what: str, also: str = "") -> None:
        timeout = duration(self._spec.timeout)
        message = f"{what} for revision {self._revision} with a timeout of {timeout}"
        self._draft.unmark(STALLED)
        self._draft.reconciling(PROGRESSING, message)
        if also:
            self._draft.mark(also, "Unknown", PROGRESSING, message)
        self._draft.write()

    def _note(self, built: Built, result: str) -> None:
        status = self._draft.status
        history = status.get("history") or []
        status["history"] = with_snapshot(
            history, built.digest, result, self._seconds(), self._facts()
        )

    def _facts(self) -> dict[str, str]:
        """The revision, and that which an artifact of a registry says it was made from."""
        found = {"revision": self._revision, "originRevision": self._origin}
        return {name: value for name, value in found.items() if value}

    def _seconds(self) -> float:
        return time.monotonic() - self._since

    def _tell(self, severity: str, message: str, facts: Mapping[str, str] | None = None) -> None:
        reason = str(self._draft.condition(READY).get("reason") or severity)
        found = {f"{GROUP}/{name}": value for name, value in self._facts().items()}
        news = News(
            self._draft.obj, severity, reason, message, CONTROLLER, {**found, **(facts or {})}
        )
        self._context.announcer.tell(news)

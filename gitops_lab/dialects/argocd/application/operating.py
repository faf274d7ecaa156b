"""One step of the operation that an Application asks for, and what is put on record of it."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gitops_lab.dialects.argocd.application.compare import Comparison
from gitops_lab.dialects.argocd.application.difference import Ignored
from gitops_lab.dialects.argocd.application.gather import Orders
from gitops_lab.dialects.argocd.application.operation import (
    Request,
    after_step,
    asked_result,
    begun,
    is_over,
    sync_result,
    waits_until,
)
from gitops_lab.dialects.argocd.application.options import SyncOptions
from gitops_lab.dialects.argocd.application.problems import permitted
from gitops_lab.dialects.argocd.application.record import (
    error_text,
    with_history,
)
from gitops_lab.dialects.argocd.application.spec import DELETION_APPROVED, Spec
from gitops_lab.dialects.argocd.application.sync import Step
from gitops_lab.dialects.argocd.application.targets import LoadFailed
from gitops_lab.dialects.argocd.application.tasks import (
    COMPLETED,
    ERROR,
    FAILED,
    RUNNING,
    SUCCEEDED,
    TERMINATING,
)
from gitops_lab.dialects.argocd.clusters import Target
from gitops_lab.dialects.argocd.projects.windows import Gate
from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.errors import AppError, StageError
from gitops_lab.kube import Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import annotations_of, is_terminating

if TYPE_CHECKING:
    from gitops_lab.dialects.argocd.application.passing import Pass

SOON = 0.3
WAVE_DELAY = 2.0
"""Seconds between two waves, so that controllers notice what was written."""


@dataclass
class Operating:
    """The operation of one Application, in one pass."""

    work: "Pass"
    spec: Spec
    target: Target | None
    problems: list[tuple[str, str]]

    def is_due(self) -> bool:
        """Whether there is an operation, and something of it can be done now."""
        return bool(self.work.obj.get("operation"))

    def step(self) -> None:
        """Take it. Raises ApiError when the record can't be written."""
        operation = self.work.obj["operation"]
        try:
            request = Request.of(operation)
        except AppError as error:
            return self._finish({**begun(operation, now()), "phase": FAILED}, error.message, None)
        state = self._state(request)
        if state is None:
            return None
        terminating = state["phase"] == TERMINATING
        state = self._worked(request, {**state, "phase": RUNNING}, terminating)
        state = after_step(state, request.retry, now(), terminating=terminating)
        return self._save(state, request)

    # -- how it stands

    def _state(self, request: Request) -> Object | None:
        """The state to go on from; None between two tries."""
        known = self.work.status.get("operationState")
        if is_over(known):
            state = begun(self.work.obj["operation"], now())
            self.work.save({**self.work.status, "operationState": state})
            return state
        state = dict(known or {})
        when = waits_until(state, request.retry)
        if when is None or state["phase"] == TERMINATING:
            return state
        left = (when - now()).total_seconds()
        if left > 0:
            self.work.wake(left)
            return None
        state.pop("finishedAt", None)
        state.pop("syncResult", None)
        count = int(state.get("retryCount", 0))
        newest = " with latest revisions" if request.retry.refresh else ""
        state["message"] = f"Retrying operation{newest}. Attempt #{count}"
        self.work.save({**self.work.status, "operationState": state})
        return state

    def _worked(self, request: Request, state: Object, terminating: bool) -> Object:
        """The state after what could be done."""
        if self.problems or self.target is None:
            return {**state, "phase": ERROR, "message": self._told_problems()}
        spec = request.applied_to(self.spec)
        if state.get("syncResult") is None:
            newest = bool(state.get("retryCount")) and request.retry.refresh
            state = {**state, "syncResult": asked_result(spec, request, newest=newest)}
        asked = state["syncResult"]
        gate = self._gate(running=bool(asked.get("resources")))
        if not gate.open:
            if gate.changes is not None:
                self.work.wake((gate.changes - now()).total_seconds() + 0.1)
            return {**state, "message": gate.message}
        try:
            revisions = asked.get("revisions") or [asked.get("revision", "")]
            comparison = self.work.compared(spec, self.target, revisions)
        except (LoadFailed, StageError) as error:
            said = error_text([{"type": "ComparisonError", "message": error.message}])
            return {**state, "phase": ERROR, "message": said}
        results = list(state["syncResult"].get("resources") or [])
        result = sync_result(spec, request, comparison.targets.revisions, results)
        state = {**state, "syncResult": result}
        options = request.options
        if options.fail_on_shared and comparison.shared:
            key, owner = comparison.shared[0]
            mine = f"{self.spec.namespace}/{self.spec.name}"
            said = (
                f"Shared resource found: {key.kind}/{key.name} is part of applications {mine} "
                f"and {owner.replace('_', '/')}"
            )
            return {**state, "phase": FAILED, "message": said}
        return self._stepped(request, spec, state, comparison, terminating)

    def _told_problems(self) -> str:
        message = self.problems[0][1]
        if self.target is None:
            return message
        if message.startswith("Application referencing project"):
            name = self.spec.project
            said = f'appproject.argoproj.io "{name}" not found'
            return f"Failed to load application project: {said}"
        return error_text([{"type": kind, "message": said} for kind, said in self.problems])

    def _gate(self, *, running: bool) -> Gate:
        """What the project's sync windows say of it."""
        operation = self.work.obj["operation"]
        manual = not (operation.get("initiatedBy") or {}).get("automated")
        projects = self.work.shelf.shared.projects
        return projects.gate(self.work.obj, manual=manual, running=running)

    def _stepped(
        self,
        request: Request,
        spec: Spec,
        state: Object,
        comparison: Comparison,
        terminating: bool,
    ) -> Object:
        assert self.target is not None
        if request.options.respect_ignored:
            comparison = _respecting(comparison, self.work.comparer(spec, self.target).ignored)
        results = list(state["syncResult"].get("resources") or [])
        step = Step(
            self.target.client,
            self.work.shelf.shared.settings,
            self._orders(request, spec),
            comparison,
            results,
            message=str(state.get("message", "")),
        )
        try:
            step.terminate() if terminating else step.take()
        except ApiError as error:
            step.phase, step.message = ERROR, error.message
        if step.wave_done:
            time.sleep(WAVE_DELAY)
            self.work.refresh(self.spec, self.target)
        result = sync_result(spec, request, comparison.targets.revisions, step.results)
        return {**state, "phase": step.phase, "message": step.message, "syncResult": result}

    def _namespace_metadata(self, options: SyncOptions) -> Object | None:
        said = self.spec.namespace_metadata
        if said is None or not options.create_namespace:
            return None
        return {name: dict(values) for name, values in said.items() if values}

    def _orders(self, request: Request, spec: Spec) -> Orders:
        assert self.target is not None
        target, shared = self.target, self.work.shelf.shared
        project = shared.projects.of(spec.namespace, spec.project)
        raw = request.raw
        return Orders(
            options=request.options,
            prune=bool(raw.get("prune")),
            dry_run=bool(raw.get("dryRun")),
            force=request.forces,
            skip_hooks=request.skips_hooks,
            namespace=spec.target_namespace,
            namespace_metadata=self._namespace_metadata(request.options),
            selected=request.selects,
            permitted=lambda obj, namespaced: (
                permitted(spec, target, project, obj, namespaced) if project else ""
            ),
            prune_confirmed=self._is_approved(),
        )

    def _is_approved(self) -> bool:
        """Somebody has agreed to deletions, after the operation had begun."""
        said = annotations_of(self.work.obj).get(DELETION_APPROVED, "")
        state = self.work.status.get("operationState") or {}
        return bool(said) and said >= str(state.get("startedAt", ""))

    # -- on record

    def _finish(self, state: Object, message: str, request: Request | None) -> None:
        self._save({**state, "message": message, "finishedAt": stamp(now())}, request)

    def _save(self, state: Object, request: Request | None) -> None:
        work = self.work
        known = work.status.get("operationState") or {}
        if state["phase"] == RUNNING and known.get("phase") == TERMINATING:
            state = {**state, "phase": TERMINATING}  # asked for during this step: the next one does
            work.wake(0.0)
        over = state["phase"] in COMPLETED
        status = {**work.status, "operationState": state}
        if state["phase"] == SUCCEEDED and request and request.is_recorded:
            entry = self._history(state)
            before = status.get("history") or []
            status["history"] = with_history(before, entry, self.spec.history)
        work.save(status, {"operation": None} if over else None)
        if over:
            work.memory.operated = True
            self._announce(state, request)
        elif work.wait is None:
            work.wake(SOON)

    def _history(self, state: Object) -> Object:
        operation, result = state["operation"], state["syncResult"]
        entry: Object = {
            "deployStartedAt": state["startedAt"],
            "deployedAt": state["finishedAt"],
            "initiatedBy": operation.get("initiatedBy") or {},
        }
        if "revisions" in result:
            more = {"revisions": result["revisions"], "sources": result["sources"]}
            return {**entry, **more, "source": {"repoURL": ""}}
        return {**entry, "revision": result.get("revision", ""), "source": result.get("source")}

    def _announce(self, state: Object, request: Request | None) -> None:
        words = ["Partial sync operation" if request and request.is_partial else "Sync operation"]
        result = state.get("syncResult")
        revision = (result or {}).get("revision", "")
        if result is not None:
            words += ["to", revision]
        well = state["phase"] == SUCCEEDED
        words += ["succeeded"] if well else ["failed:", state.get("message", "")]
        kind = "Normal" if well else "Warning"
        self.work.shelf.event(self.work.obj, kind, "OperationCompleted", " ".join(words))
        reason = "Applied" if well else "SyncFailed"
        said = str(state.get("message", ""))
        self.work.shelf.tell(self.work.obj, "apply", reason, said, failed=not well)


def _respecting(comparison: Comparison, ignored: Ignored) -> Comparison:
    """What is applied takes the live values where they are left to others."""
    pairs = tuple(
        replace(pair, target=ignored.adopted(pair.key, pair.target, pair.live))
        if pair.target
        and pair.live
        and not is_terminating(pair.live)
        and ignored.concerns(pair.key)
        else pair
        for pair in comparison.pairs
    )
    return replace(comparison, pairs=pairs)

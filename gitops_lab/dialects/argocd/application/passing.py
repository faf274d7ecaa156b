"""One pass over an Application: a step of its operation, a comparison, and what follows from it."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from gitops_lab.dialects.argocd.application import automatic, endings, orphans
from gitops_lab.dialects.argocd.application.compare import (
    OUT_OF_SYNC,
    UNKNOWN,
    Comparer,
    Comparison,
    Pair,
)
from gitops_lab.dialects.argocd.application.difference import Ignored
from gitops_lab.dialects.argocd.application.excluded import visible
from gitops_lab.dialects.argocd.application.operating import Operating
from gitops_lab.dialects.argocd.application.problems import problems_of
from gitops_lab.dialects.argocd.application.record import (
    COMPARISON_ERROR,
    EXCLUDED_WARNING,
    INVALID_SPEC,
    ORPHANED_WARNING,
    REPEATED_WARNING,
    SHARED_WARNING,
    SYNC_ERROR,
    without_empty_parts,
)
from gitops_lab.dialects.argocd.application.shelf import Shelf, known_entries
from gitops_lab.dialects.argocd.application.spec import REFRESH, JqRule, Spec, read
from gitops_lab.dialects.argocd.application.standing import compared, invalid, unloaded
from gitops_lab.dialects.argocd.application.targets import LoadFailed, Targets
from gitops_lab.dialects.argocd.clusters import NoCluster, Target
from gitops_lab.dialects.argocd.projects.project import Project
from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.errors import AppError, StageError
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.engine.inventory import Entry
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.errors import UnknownKind
from gitops_lab.kube.merge_patch import merge_patch
from gitops_lab.kube.objects import (
    annotations_of,
    is_terminating,
    name_of,
    namespace_of,
    split_api_version,
    uid_of,
)

MANAGER = "argocd-application-controller"
BATCH = 0.1
"""Seconds for which Argo CD collects what its watches tell, before it looks."""
PUSHED = {
    "name": "gitops-lab",
    "value": "begun at once by a push (timing lab); at work it comes with a webhook or the next "
    "poll, after 2 to 3 minutes",
}


@dataclass
class Memory:
    """What is remembered of an Application between two passes; nothing of it is needed."""

    revisions: tuple[str, ...] = ()
    asked: object = None
    poll_at: float = 0.0
    pushes: int = 0
    """How many pushes were told, and how many there were at the last look that ended well: one
    may come while an Application is in hand."""
    looked: int = 0
    operated: bool = False


@dataclass
class Pass:
    """The pass; `obj` is the Application as the server has it."""

    shelf: Shelf
    obj: Object
    memory: Memory
    clock: float
    conditions: list[tuple[str, str]] = field(default_factory=list)
    wait: float | None = None
    pushes: int = 0
    pushed: bool = False
    """Whether a push is what it looks for."""

    def run(self) -> float | None:
        """Do what is to be done now; the seconds until the next look. Raises ApiError."""
        try:
            spec = read(self.obj)
        except AppError as error:
            self._invalid([(INVALID_SPEC, error.message.rstrip("."))])
            return None
        problems, target = self._examined(spec)
        operating = Operating(self, spec, target, problems)
        is_new = "sync" not in self.status
        if operating.is_due() and is_new:
            self._wake(0.0)
        elif operating.is_due():
            operating.step()
            if self.memory.operated:
                time.sleep(BATCH)
        if problems or target is None:
            self._invalid(problems)
            return self.wait
        self.refresh(spec, target)
        return self._next(spec)

    def look(self, leaving: bool) -> Object:
        """Compare and say how it stands, but begin nothing; the Application as it is then.

        `leaving`: an object is being deleted, even if it is gone by now.
        """
        try:
            spec = read(self.obj)
        except AppError:
            return self.obj
        problems, target = self._examined(spec)
        if problems or target is None:
            self._invalid(problems)
        else:
            self.refresh(spec, target, leaving=leaving)
        return self.obj

    @property
    def status(self) -> Object:
        """The `.status` as it is."""
        found: Object = self.obj.get("status") or {}
        return found

    def save(self, status: Object, more: Object | None = None) -> None:
        """Write the status as far as it changed, and what else is to be patched with it."""
        patch: Object = dict(more or {})
        if changed := merge_patch(self.status, status):
            patch["status"] = changed
        if patch:
            client = self.shelf.shared.world.home
            self.obj = client.patch(self.obj, patch, field_manager=MANAGER)

    def comparer(self, spec: Spec, target: Target) -> Comparer:
        """What compares this Application."""
        settings = self.shelf.shared.settings
        jq = (*(JqRule(rule, paths) for rule, paths in settings.ignore_jq), *spec.ignore_jq)
        ignored = Ignored((*settings.ignore, *spec.ignore), jq)
        name = self.shelf.name_of(self.obj)
        uid = uid_of(self.obj)
        return Comparer(spec, name, target.client, self.shelf.tracking, ignored, uid)

    def compared(self, spec: Spec, target: Target, revisions: Sequence[str]) -> Comparison:
        """The comparison at these commits. Raises LoadFailed, PlanError."""
        name = self.shelf.name_of(self.obj)
        excluded = partial(self.shelf.shared.settings.excluded, server=target.server)
        loaded = self.shelf.loader.load(spec, name, target.client, revisions)
        targets, left_out = visible(loaded, lambda kind: excluded(kind.group, kind.kind))
        said = [(EXCLUDED_WARNING, one) for one in left_out]
        self.conditions += [one for one in said if one not in self.conditions]
        watched = self.shelf.watched(target)
        watched.follow([*self._entries(targets), *known_entries(self.status)])
        known = [
            entry
            for entry in (*known_entries(self.status), *watched.owned(name))
            if not excluded(entry.key.group, entry.key.kind)
        ]
        found = self.comparer(spec, target).compare(targets, known)
        if self._has_other_metadata(spec):
            found = replace(found, status=OUT_OF_SYNC)
        return self._as_permitted(spec, target, found)

    def _has_other_metadata(self, spec: Spec) -> bool:
        """Whether the namespace is to have other labels than at the last sync."""
        if spec.namespace_metadata is None:
            return False
        result = (self.status.get("operationState") or {}).get("syncResult") or {}
        said = {name: dict(values) for name, values in spec.namespace_metadata.items() if values}
        return bool(result.get("managedNamespaceMetadata") != said)

    def _as_permitted(self, spec: Spec, target: Target, found: Comparison) -> Comparison:
        """Nothing is said of kinds that the project does not allow."""
        project = self.shelf.shared.projects.of(spec.namespace, spec.project)

        def permits(pair: Pair) -> bool:
            key = pair.key
            obj = pair.target or pair.live
            if project is None or obj is None:
                return True
            try:
                namespaced = target.client.resource(obj["apiVersion"], key.kind).namespaced
            except UnknownKind:
                namespaced = False
            return project.permits_kind(key.group, key.kind, key.name, namespaced=namespaced)

        pairs = (pair if permits(pair) else replace(pair, status=UNKNOWN) for pair in found.pairs)
        return replace(found, pairs=tuple(pairs))

    # -- the comparison

    def _examined(self, spec: Spec) -> tuple[list[tuple[str, str]], Target | None]:
        shared = self.shelf.shared
        try:
            target = shared.clusters.find(
                spec.destination.get("server", ""), spec.destination.get("name", "")
            )
        except NoCluster as error:
            return [(INVALID_SPEC, str(error))], None
        return problems_of(self.obj, spec, target, shared), target

    def _invalid(self, problems: list[tuple[str, str]]) -> None:
        """Nothing can be said of an Application that may not be, or can't be read."""
        status = invalid(self.obj, problems, stamp(now()))
        self._persist(status, compared=False)

    def refresh(self, spec: Spec, target: Target, *, leaving: bool = False) -> None:
        """Compare, say how it stands, and begin a sync when the policy wants one."""
        self.conditions.clear()
        revisions = self._known_revisions(spec)
        try:
            comparison = self.compared(spec, target, revisions)
        except LoadFailed as error:
            self._unloaded(spec, target, error)
            return
        except StageError as error:
            self._unloaded(spec, target, LoadFailed(error.message, error))
            return
        self.memory.revisions = comparison.targets.revisions
        self.memory.looked = self.pushes
        comparison = self._with_leaving(comparison, target, leaving)
        decision = automatic.decide(
            spec,
            self.obj,
            comparison.status,
            comparison.pairs,
            comparison.targets.revisions,
            now(),
        )
        gate = self.shelf.shared.projects.gate(self.obj, manual=False)
        allowed = gate.open
        if gate.changes is not None:
            self._wake(max(0.0, (gate.changes - now()).total_seconds()) + 0.1)
        known: list[Object] = self.status.get("conditions") or []
        kept = next((str(one["message"]) for one in known if one["type"] == SYNC_ERROR), "")
        self._note(comparison, decision.condition if allowed else kept)
        self._note_orphans(spec, target, comparison)
        if decision.operation is not None and allowed:
            self._begin(spec, decision.operation, comparison.targets)
        self._persist(compared(self.obj, spec, comparison, self.conditions, stamp(now())))
        self._keep_finalizers(comparison)
        if decision.wait is not None:
            self._wake(decision.wait)

    def _with_leaving(self, found: Comparison, target: Target, leaving: bool) -> Comparison:
        """What was seen to leave is told once, though it may be gone by now."""
        hooks = {ObjectKey.of(hook) for hook in found.hooks}
        seen = self.shelf.watched(target).leaving(self.shelf.name_of(self.obj)) - hooks
        if "health" not in self.status or not (leaving or seen):
            return found
        self._wake(0.0)
        both = (Health(found.health), Health(HealthStatus.PROGRESSING))
        return replace(found, health=max(both, key=lambda one: one.badness).status)

    def _keep_finalizers(self, found: Comparison) -> None:
        """Hooks of a deletion keep the Application until they have run."""
        finalizers = list(self.obj["metadata"].get("finalizers") or [])
        wanted = endings.with_finalizers(finalizers, found.hooks)
        if wanted != finalizers and not is_terminating(self.obj):
            client = self.shelf.shared.world.home
            version = self.obj["metadata"]["resourceVersion"]
            patch = {"finalizers": wanted, "resourceVersion": version}
            self.obj = client.patch(self.obj, {"metadata": patch}, field_manager=MANAGER)

    def _known_revisions(self, spec: Spec) -> tuple[str, ...]:
        """The commits as of the last look at the repositories; () for a new look."""
        memory = self.memory
        asked = (self.obj.get("spec"), REFRESH in annotations_of(self.obj))
        if annotations_of(self.obj).get(REFRESH) == "hard":
            self.shelf.loader.store.forget()
        self.pushes = memory.pushes
        self.pushed = self.pushes != memory.looked
        due = self.pushed or memory.operated or self.clock >= memory.poll_at
        if due or asked != (memory.asked, False):
            first, jitter = self.shelf.shared.settings.reconciliation
            memory.poll_at = self.clock + first + random.uniform(0, jitter)  # noqa: S311
            memory.asked = self.obj.get("spec")
            return ()
        return memory.revisions

    def _note(self, comparison: Comparison, sync_error: str) -> None:
        for key, times in comparison.targets.repeated:
            name = f"{key.group}/{key.kind}/{key.namespace}/{key.name}"
            said = f"Resource {name} appears {times} times among application resources."
            self.conditions.append((REPEATED_WARNING, said))
        mine = f"{namespace_of(self.obj)}/{name_of(self.obj)}"
        for key, name in comparison.shared:
            owner = name.replace("_", "/")
            said = f"{key.kind}/{key.name} is part of applications {mine} and {owner}"
            self.conditions.append((SHARED_WARNING, said))
        if sync_error:
            self.conditions.append((SYNC_ERROR, sync_error))

    def _note_orphans(self, spec: Spec, target: Target, comparison: Comparison) -> None:
        project = self.shelf.shared.projects.of(spec.namespace, spec.project)
        if not isinstance(project, Project) or project.orphans is None:
            return
        self._wake(orphans.LOOK_EVERY)
        mine = {pair.key for pair in comparison.pairs}
        tracking = self.shelf.tracking

        def owned(obj: Object, key: ObjectKey) -> bool:
            return key in mine or bool(tracking.owner_of(obj))

        found = orphans.count(target.client, spec.target_namespace, project, owned)
        if found and project.orphans.warn:
            said = f"Application has {found} orphaned resources"
            self.conditions.append((ORPHANED_WARNING, said))

    def _unloaded(self, spec: Spec, target: Target, error: LoadFailed) -> None:
        """Git can't be read or rendered: what is there stays as it is."""
        self.conditions.append((COMPARISON_ERROR, error.message))
        self.memory.revisions = ()
        reason = error.error.reason if error.error else COMPARISON_ERROR
        self.shelf.tell(self.obj, "source", reason, error.message, failed=True)
        watched = self.shelf.watched(target)
        known = [*known_entries(self.status), *watched.owned(self.shelf.name_of(self.obj))]
        nothing = Targets((), (), (), "")
        try:
            found = self.comparer(spec, target).compare(nothing, known)
        except StageError:  # the cluster does not answer either
            found = Comparison((), (), UNKNOWN, HealthStatus.UNKNOWN, nothing)
        self._persist(unloaded(self.obj, spec, found, self.conditions, stamp(now())))

    def _persist(self, status: Object, *, compared: bool = True) -> None:
        """Write the status; a refresh that was asked for is done then."""
        status = without_empty_parts(status)
        asked = annotations_of(self.obj).get(REFRESH)
        more: Object = {"metadata": {"annotations": {REFRESH: None}}} if asked else {}
        changed = asked or merge_patch(self.status, status) or "reconciledAt" not in status
        if compared and changed:
            status["reconciledAt"] = stamp(now())
        before = self.status
        self._tell(before, status)
        self.save(status, more)

    def _tell(self, before: Object, after: Object) -> None:
        """An Event for each word that changes."""
        for part, name in (("sync", "sync"), ("health", "health")):
            was = (before.get(part) or {}).get("status", "")
            word = (after.get(part) or {}).get("status", "")
            if was != word:
                self.shelf.event(
                    self.obj, "Normal", "ResourceUpdated", f"Updated {name} status: {was} -> {word}"
                )
                self.shelf.tell(self.obj, "health" if part == "health" else "plan", word)
        old = (before.get("sync") or {}).get("revision", "")
        new = (after.get("sync") or {}).get("revision", "")
        if new and old != new:
            self.shelf.tell(self.obj, "source", "Resolved", revision=new)

    def _begin(self, spec: Spec, operation: Object, targets: Targets) -> None:
        """Ask for the operation that the policy wants."""
        if self.pushed and self.shelf.shared.world.timing == "lab":
            operation = {**operation, "info": [PUSHED]}
        client = self.shelf.shared.world.home
        version = self.obj["metadata"]["resourceVersion"]
        typed: Object = {
            name: {} for name in ("sourceHydrator", "summary") if name not in self.status
        }
        patch = {
            "metadata": {"resourceVersion": version},
            "operation": operation,
            "status": typed,  # as Argo CD writes the whole object here, with parts that are empty
        }
        self.obj = client.patch(self.obj, patch, field_manager=MANAGER)
        told = " ".join(targets.revisions)
        self.shelf.event(
            self.obj, "Normal", "OperationStarted", f"Initiated automated sync to [{told}]"
        )
        self._wake(0.0)

    def _wake(self, seconds: float) -> None:
        self.wait = seconds if self.wait is None else min(self.wait, seconds)

    def wake(self, seconds: float) -> None:
        """Look again after so many seconds at the latest."""
        self._wake(max(seconds, 0.0))

    def _next(self, spec: Spec) -> float | None:
        self.memory.operated = False
        self._wake(max(0.0, self.memory.poll_at - self.clock))
        return self.wait

    def _entries(self, targets: Targets) -> list[Entry]:
        return [
            Entry(ObjectKey.of(obj), split_api_version(obj["apiVersion"])[1])
            for obj in targets.objects
        ]

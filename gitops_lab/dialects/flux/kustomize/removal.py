"""A Kustomization that is being deleted: what it made goes, stays, or is waited for.

Suspended, it leaves everything where it is.
"""

from collections.abc import Callable

from gitops_lab.dialects.controller import TryAgain
from gitops_lab.dialects.flux.clusters import ClusterFailed
from gitops_lab.dialects.flux.draft import READY, Draft
from gitops_lab.dialects.flux.events import ERROR, INFO, News
from gitops_lab.dialects.flux.kustomize.records import entries_of, objects_of
from gitops_lab.dialects.flux.kustomize.spec import CONTROLLER, GROUP, Spec
from gitops_lab.dialects.flux.kustomize.writing import KEEP, acting, marks_of
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.ssa.changes import Action, Change, subject
from gitops_lab.dialects.flux.ssa.manager import DeleteFailed, Manager
from gitops_lab.dialects.flux.ssa.wait import Waiter, Wanted
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.errors import NotFound


class Removal:
    """Of one Kustomization. `stopping` ends a wait."""

    def __init__(
        self, context: Context, draft: Draft, spec: Spec, stopping: Callable[[], bool]
    ) -> None:
        self._context, self._draft, self._spec = context, draft, spec
        self._stopping = stopping

    def carry_out(self) -> None:
        """Delete what is to go, and let the Kustomization go. Raises TryAgain, Interrupted."""
        objects = objects_of(entries_of(self._draft.status))
        if objects and self._spec.removes and not self._spec.get("suspend"):
            if self._account_is_gone():
                listed = "\n".join(subject(ObjectKey.of(obj)) for obj in objects)
                self._tell(ERROR, f"unable to prune objects: \n{listed}")
            else:
                self._delete(objects)
        self._draft.release()

    def _delete(self, objects: list[Object]) -> None:
        waiter = self._waiter()
        manager = Manager(waiter.client, CONTROLLER, waiter)
        try:
            changes = manager.delete_all(objects, marks_of(self._draft), KEEP)
        except DeleteFailed as error:
            self._tell(ERROR, "pruning for deleted resource failed")
            raise TryAgain(str(error)) from error
        self._tell(INFO, "\n".join(str(change) for change in changes))
        if self._spec.waits_for_termination and not self._went(waiter, changes):
            self._tell(ERROR, "failed to wait for resources termination")

    def _waiter(self) -> Waiter:
        """On the cluster that holds the objects. While it can't be reached, all stays as it is."""
        try:
            client = acting(self._context.client, self._spec)
        except ClusterFailed as error:
            raise TryAgain(error.message) from error
        return Waiter(client, stopping=self._stopping)

    def _went(self, waiter: Waiter, changes: list[Change]) -> bool:
        gone = [Wanted(c.key, c.version) for c in changes if c.action is Action.DELETED]
        return waiter.until_gone(gone, self._spec.timeout)

    def _account_is_gone(self) -> bool:
        account = self._spec.get("serviceAccountName")
        if not account:
            return False
        try:
            self._context.client.get("v1", "ServiceAccount", account, self._spec.namespace)
        except NotFound:
            return True
        return False

    def _tell(self, severity: str, message: str) -> None:
        reason = str(self._draft.condition(READY).get("reason") or severity)
        revision = self._draft.status.get("lastAppliedRevision")
        facts = {f"{GROUP}/revision": str(revision)} if revision else {}
        news = News(self._draft.obj, severity, reason, message, CONTROLLER, facts)
        self._context.announcer.tell(news)

"""Hooks of a deletion: made when their Application goes, before its objects go or after."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from gitops_lab.dialects.argocd.application.judge import health_of
from gitops_lab.dialects.argocd.application.options import (
    HELM_HOOK,
    HOOK,
    delete_policies,
)
from gitops_lab.dialects.argocd.application.shelf import Shelf
from gitops_lab.dialects.argocd.application.spec import read
from gitops_lab.dialects.argocd.clusters import Target
from gitops_lab.engine.health import Health, HealthStatus
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import annotations_of, is_terminating, labels_of

_MANAGER = "argocd-application-controller"


@dataclass(frozen=True)
class Kind:
    """A kind of hook: its words in Argo CD and in Helm, its finalizer, and when it runs."""

    word: str
    helm: str
    finalizer: str
    before: bool

    @property
    def cleanup(self) -> str:
        """The finalizer that keeps the Application until finished hooks are deleted."""
        return f"{self.finalizer}/cleanup"

    @property
    def finalizers(self) -> tuple[str, str]:
        """Both, in their order."""
        return self.finalizer, self.cleanup

    def next_of(self, finalizers: Sequence[str]) -> str:
        """The first of these finalizers that stands there, "" for none."""
        return next((name for name in self.finalizers if name in finalizers), "")

    def is_one(self, obj: Object) -> bool:
        """Whether an object is such a hook, and nothing else besides."""
        said = annotations_of(obj)
        return said.get(HOOK) == self.word or said.get(HELM_HOOK) == self.helm


PRE_DELETE = Kind("PreDelete", "pre-delete", "pre-delete-finalizer.argocd.argoproj.io", before=True)
POST_DELETE = Kind(
    "PostDelete", "post-delete", "post-delete-finalizer.argocd.argoproj.io", before=False
)
KINDS = (PRE_DELETE, POST_DELETE)


def with_finalizers(finalizers: Sequence[str], hooks: Iterable[Object]) -> list[str]:
    """The finalizers of an Application whose source has these hooks."""
    there = list(hooks)
    wanted = list(finalizers)
    for kind in KINDS:
        needed = any(kind.is_one(hook) for hook in there)
        for name in kind.finalizers:
            if needed and name not in wanted:
                wanted.append(name)
            elif not needed and name in wanted:
                wanted.remove(name)
    return wanted


@dataclass(frozen=True)
class Endings:
    """The hooks of one kind of an Application that goes. Methods raise ApiError and LoadFailed."""

    shelf: Shelf
    obj: Object
    target: Target
    kind: Kind

    def ran(self, live: Sequence[Object]) -> bool:
        """Make those that are missing; whether all have ended."""
        spec, name = read(self.obj), self.shelf.name_of(self.obj)
        targets = self.shelf.loader.load(spec, name, self.target.client)
        there = {ObjectKey.of(one) for one in live}
        hooks = [one for one in targets.objects if self.kind.is_one(one)]
        missing = [one for one in hooks if ObjectKey.of(one) not in there]
        for hook in missing:
            self.target.client.create(self._made(hook, name), field_manager=_MANAGER)
        if missing:
            return False
        found = [self._health(one) for one in live]
        if self.kind.before and HealthStatus.DEGRADED in found:
            self._refuse([one for one in live if self._health(one) is HealthStatus.DEGRADED])
        return HealthStatus.PROGRESSING not in found

    def _made(self, hook: Object, app: str) -> Object:
        """As it is made: PreDelete hooks, which are newer, carry the label of their Application."""
        if not self.kind.before:
            return hook
        labels = {**labels_of(hook), self.shelf.shared.settings.instance_label: app}
        return {**hook, "metadata": {**hook["metadata"], "labels": labels}}

    def _refuse(self, failed: Sequence[Object]) -> NoReturn:
        """Hooks that failed are deleted, and made again at the next try. Raises ApiError."""
        for one in failed:
            self._delete(one)
        keys = [ObjectKey.of(one) for one in failed]
        names = ", ".join(f"{key.namespace}/{key.name}" for key in keys)
        what = f"{self.kind.word} hook(s) failed: {names}"
        raise ApiError({"message": f"error executing {self.kind.helm} hooks: {what}"})

    def _delete(self, one: Object) -> None:
        key = ObjectKey.of(one)
        with suppress(NotFound):
            self.target.client.delete(one["apiVersion"], key.kind, key.name, key.namespace)

    def cleaned(self, live: Sequence[Object]) -> bool:
        """Delete those whose policy says so; whether they are gone."""
        found = [Health(HealthStatus.HEALTHY), *(Health(self._health(one)) for one in live)]
        worst = max(found, key=lambda one: one.badness).status
        ends = {HealthStatus.HEALTHY: "HookSucceeded", HealthStatus.DEGRADED: "HookFailed"}
        leaving = [one for one in live if ends.get(worst) in delete_policies(one)]
        for one in leaving:
            if not is_terminating(one):
                self._delete(one)
        return not leaving

    def _health(self, obj: Object) -> HealthStatus:
        """What nothing is known of counts as healthy."""
        found = health_of(obj, self.shelf.shared.settings)
        return found.status if found else HealthStatus.HEALTHY

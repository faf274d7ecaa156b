"""The Apps of every engine that is spoken here, in one form: that of a GitOpsApp.

An Application or a Kustomization is an App too; what it asks for is known to its Front, and how it
stands to the engine. The page, `explain` and the diff then need to know one form only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gitops_lab.engine import ops
from gitops_lab.engine.errors import AppError
from gitops_lab.engine.form import as_native
from gitops_lab.engine.front import Front
from gitops_lab.engine.ids import NATIVE, app_id
from gitops_lab.engine.native import GitOpsApps
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.status import Status
from gitops_lab.engine.status_object import from_object
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import name_of, namespace_of

TITLES = {"argocd": "Argo CD", "flux": "Flux"}
"""What people call them."""


def _native() -> tuple[Front, ...]:
    return (GitOpsApps(),)


def _nothing() -> dict[str, Status]:
    return {}


@dataclass(frozen=True)
class Engines:
    """The Fronts that are served now, and the statuses that the engine has in memory, by App id."""

    fronts: Callable[[], Sequence[Front]] = _native
    statuses: Callable[[], Mapping[str, Status]] = _nothing

    def front(self, name: str) -> Front | None:
        """The Front of that name, None when it isn't served."""
        return next((front for front in self.fronts() if front.name == name), None)

    def form(self, front: Front, obj: Object) -> Object:
        """A resource as the GitOpsApp that asks for the same and stands the same."""
        if front.name == NATIVE:
            return obj
        status = self.statuses().get(app_id(front.name, namespace_of(obj), name_of(obj)))
        return as_native(front, obj, status)

    def find(self, home: Client, front: Front, namespace: str, name: str) -> ops.AppView:
        """An App as it is now. Raises AppError when it is gone, ApiError."""
        try:
            obj = home.get(front.api_version, front.kind, name, namespace)
        except NotFound as error:
            raise AppError(
                f"there is no {front.kind} {namespace}/{name} any more.", reason="AppNotFound"
            ) from error
        made = self.form(front, {"apiVersion": front.api_version, "kind": front.kind, **obj})
        return ops.AppView(made, from_object(made.get("status")))

    def semantics(self, name: str) -> Semantics | None:
        """How the Apps of a Front are treated; None for our own."""
        front = self.front(name)
        return front.semantics if front is not None and name != NATIVE else None

"""A sync that is only rehearsed: the server is asked about each write, and none is kept."""

from collections.abc import Mapping, Sequence

from gitops_lab.engine import ops
from gitops_lab.engine.app import App
from gitops_lab.engine.desired import CRD, Desired
from gitops_lab.engine.errors import PlanError
from gitops_lab.engine.failures import refused
from gitops_lab.engine.origin import Sources
from gitops_lab.engine.plan import Action, Plan
from gitops_lab.engine.semantics import Semantics, native
from gitops_lab.kube import Client, ObjectKey
from gitops_lab.kube.errors import ApiError, NotFound


def rehearse(
    view: ops.AppView,
    clients: Mapping[str, Client],
    sources: Sources,
    *,
    only: Sequence[str] = (),
    semantics: Semantics | None = None,
) -> Plan:
    """What a sync would do now. Raises StageError, for what the server would refuse, too."""
    semantics = semantics or native()
    plan = ops.diff(view, clients, sources, semantics)
    plan = plan.only(only) if only else plan
    client = clients[view.app.destination.cluster]
    for change in plan.of(Action.CREATE):
        assert change.desired is not None
        _try(change.desired, client, semantics, _comes_first(view.app, plan))
    return plan


def _try(one: Desired, client: Client, semantics: Semantics, coming: set[ObjectKey]) -> None:
    try:
        client.apply(
            one.obj,
            field_manager=semantics.field_manager,
            force=semantics.force_conflicts,
            dry_run=True,
        )
    except NotFound as error:
        namespace = ObjectKey("", "Namespace", "", one.key.namespace)
        if namespace not in coming and not any(key.kind == CRD for key in coming):
            raise refused(error, one, PlanError) from error
    except ApiError as error:
        raise refused(error, one, PlanError) from error


def _comes_first(app: App, plan: Plan) -> set[ObjectKey]:
    """Namespaces and definitions that the same sync makes: what needs them can't be tried yet."""
    coming = {change.key for change in plan.of(Action.CREATE)}
    if app.destination.create_namespace:
        coming.add(ObjectKey("", "Namespace", "", app.destination.namespace))
    return {key for key in coming if key.kind in ("Namespace", CRD)}

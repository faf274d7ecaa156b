"""What an App made goes when the App goes, to its end or to another cluster, if it prunes."""

from gitops_lab.engine.app import App
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.errors import ApplyError
from gitops_lab.engine.inventory import Entry, Inventory
from gitops_lab.engine.plan import Action, Change, Plan, Planner
from gitops_lab.engine.prune import prune
from gitops_lab.engine.read import read_all
from gitops_lab.engine.records import Records
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.sync_spec import Deletion
from gitops_lab.engine.waiting import Waiter
from gitops_lab.errors import Place
from gitops_lab.kube.objects import split_api_version

_PATIENCE = 10.0
"""Seconds for which a deletion is waited for at a time; it is tried again."""


def remove(
    app: App,
    inventory: Inventory,
    cluster: Cluster | None,
    records: Records,
    semantics: Semantics,
) -> None:
    """Delete the inventory, what asks to be kept excepted. Raises PlanError, PruneFailed.

    A cluster that is no longer part of the workspace took its objects with it.
    """
    if cluster is None:
        return
    planner = Planner(app, cluster.client, cluster.live, records, semantics)
    plan = planner.plan_removal(inventory)
    waits = app.options.deletion is Deletion.WAIT
    waiter = Waiter(cluster.live, _PATIENCE) if waits else None
    prune(plan, cluster, records, waiter, semantics.annotations)
    if waiter is not None:
        _await_gone(plan, cluster, waiter)


def _await_gone(plan: Plan, cluster: Cluster, waiter: Waiter) -> None:
    gone = plan.of(Action.PRUNE)

    def left() -> list[Entry]:
        found = read_all(cluster.client, [Entry(c.key, _version(c)) for c in gone])
        return [Entry(key, "") for key in found]

    if waiter.until(lambda: not left()):
        return
    key = left()[0].key
    raise ApplyError(
        f"the App waits until its objects are gone, and {key} still is there.",
        reason="DeletionStuck",
        hint=f"Something keeps it: see the finalizers of {key}.",
        place=Place(object=str(key)),
    )


def _version(change: Change) -> str:
    return split_api_version(change.api_version)[1]

"""What an App made goes when the App goes, to its end or to another cluster, if it prunes."""

from gitops_lab.engine.app import App
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.inventory import Inventory
from gitops_lab.engine.plan import Planner
from gitops_lab.engine.prune import prune
from gitops_lab.engine.records import Records
from gitops_lab.engine.semantics import Semantics


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
    prune(plan, cluster, records)

"""Deleting what left Git: in reverse order, only what the plan says, only the object we meant."""

from collections.abc import Sequence
from itertools import groupby

from gitops_lab.engine.apply import Done, Outcome
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.errors import ApplyError
from gitops_lab.engine.plan import Action, Change, Plan
from gitops_lab.engine.records import Records
from gitops_lab.errors import Place
from gitops_lab.kube.errors import ApiError, Conflict, NotFound
from gitops_lab.kube.objects import uid_of
from gitops_lab.kube.order import kind_rank


class PruneFailed(ApplyError):
    """Some objects could not be deleted; they stay in the inventory."""

    default_reason = "PruneFailed"

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        errors = [outcome.error for outcome in outcomes if outcome.error]
        super().__init__(errors[0].message, hint=errors[0].hint, place=errors[0].place)
        self.outcomes = tuple(outcomes)


def prune(plan: Plan, cluster: Cluster, records: Records) -> tuple[Outcome, ...]:
    """Delete the plan's prunes. Raises PruneFailed after having tried all."""

    def delete(change: Change) -> Outcome:
        records.forget(change.key)
        return _delete(change, cluster)

    outcomes: list[Outcome] = []
    for _, stage in groupby(plan.of(Action.PRUNE), key=lambda c: kind_rank(c.key.group_kind)):
        outcomes += cluster.each(delete, list(stage))
    if any(outcome.error for outcome in outcomes):
        raise PruneFailed(outcomes)
    return tuple(outcomes)


def _delete(change: Change, cluster: Cluster) -> Outcome:
    key = change.key
    uid = uid_of(change.live or {})
    try:
        cluster.client.delete(change.api_version, key.kind, key.name, key.namespace, uid=uid)
    except NotFound:
        cluster.live.forget(key)
    except Conflict:
        pass  # somebody has made another object of that name: not the one we meant
    except ApiError as error:
        problem = ApplyError(
            f"can't delete {key}: {error.message}",
            reason="PruneFailed",
            hint="It stays in the inventory and is tried again.",
            place=Place(object=str(key)),
        )
        return Outcome(key, Done.FAILED, problem)
    return Outcome(key, Done.PRUNED)

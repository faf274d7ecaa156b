"""Deleting what left Git: in reverse order, only what the plan says, only the object we meant."""

from collections.abc import Sequence
from itertools import groupby

from gitops_lab.engine.apply import Done, Outcome
from gitops_lab.engine.cluster import Cluster
from gitops_lab.engine.errors import ApplyError
from gitops_lab.engine.marks import NATIVE, Annotations, live_wave
from gitops_lab.engine.plan import Action, Change, Plan
from gitops_lab.engine.records import Records
from gitops_lab.engine.waiting import Waiter
from gitops_lab.errors import Place
from gitops_lab.kube.errors import ApiError, Conflict, NotFound
from gitops_lab.kube.objects import uid_of
from gitops_lab.kube.order import kind_rank


class PruneFailed(ApplyError):
    """Some objects could not be deleted; they stay in the inventory."""

    default_reason = "PruneFailed"

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        errors = [outcome.error for outcome in outcomes if outcome.error]
        super().__init__(
            errors[0].message, reason=errors[0].reason, hint=errors[0].hint, place=errors[0].place
        )
        self.outcomes = tuple(outcomes)


def prune(
    plan: Plan,
    cluster: Cluster,
    records: Records,
    waiter: Waiter | None = None,
    names: Annotations = NATIVE,
) -> tuple[Outcome, ...]:
    """Delete the plan's prunes. Raises PruneFailed after having tried all of a wave.

    With a waiter, a wave begins when the one before it is gone.
    """

    def delete(change: Change) -> Outcome:
        records.forget(change.key)
        return _delete(change, cluster)

    def wave_of(change: Change) -> int:
        return live_wave(change.live, names)

    outcomes: list[Outcome] = []
    waves = [list(wave) for _, wave in groupby(plan.of(Action.PRUNE), key=wave_of)]
    for number, wave in enumerate(waves, start=1):
        for _, stage in groupby(wave, key=lambda change: kind_rank(change.key.group_kind)):
            outcomes += cluster.each(delete, list(stage))
        if any(outcome.error for outcome in outcomes):
            raise PruneFailed(outcomes)
        if waiter and number < len(waves):
            _await_gone(wave, cluster, waiter, outcomes)
    return tuple(outcomes)


def _await_gone(
    wave: Sequence[Change], cluster: Cluster, waiter: Waiter, outcomes: Sequence[Outcome]
) -> None:
    def left() -> list[Change]:
        return [change for change in wave if cluster.live.get(change.key) is not None]

    if waiter.until(lambda: not left()):
        return
    key = left()[0].key
    problem = ApplyError(
        f"{key} does not go away; the waves before it are not pruned yet.",
        reason="PruneStuck",
        hint=f"Something keeps it: see the finalizers of {key}.",
        place=Place(object=str(key)),
    )
    raise PruneFailed([*outcomes, Outcome(key, Done.FAILED, problem)])


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

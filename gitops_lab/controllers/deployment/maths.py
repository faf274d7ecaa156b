"""How many replicas each ReplicaSet of a Deployment should have. Pure.

The rules are those of kube-controller-manager 1.37 (pkg/controller/deployment).
"""

from collections.abc import Iterable, Sequence
from math import copysign, floor

from gitops_lab.controllers.framework.portions import scaled_value
from gitops_lab.kube.objects import Object, annotations_of, name_of

DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"

Scaling = tuple[Object, int]


def replicas(obj: Object) -> int:
    """spec.replicas; 1 where it is not set."""
    count = obj["spec"].get("replicas")
    return 1 if count is None else int(count)


def status_count(obj: Object, field: str) -> int:
    """A counter of the status; 0 where it is not set."""
    return int((obj.get("status") or {}).get(field) or 0)


def total(sets: Iterable[Object]) -> int:
    """The replicas that these ReplicaSets are asked to have."""
    return sum(replicas(one) for one in sets)


def total_status(sets: Iterable[Object], field: str) -> int:
    """The sum of a status counter."""
    return sum(status_count(one, field) for one in sets)


def active(sets: Iterable[Object]) -> list[Object]:
    """The ReplicaSets that have, or ought to have, pods."""
    return [one for one in sets if replicas(one) > 0]


def oldest_first(sets: Iterable[Object]) -> list[Object]:
    """By creation time, then by name."""
    return sorted(sets, key=lambda one: (one["metadata"]["creationTimestamp"], name_of(one)))


def is_rolling(deployment: Object) -> bool:
    """Whether the strategy is RollingUpdate, the default."""
    strategy = deployment["spec"].get("strategy") or {}
    return str(strategy.get("type", "RollingUpdate")) != "Recreate"


def fence_posts(deployment: Object) -> tuple[int, int]:
    """(maxSurge, maxUnavailable) in pods; both zero would never move, so one may be missing."""
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    count = replicas(deployment)
    surge = scaled_value(rolling.get("maxSurge", "25%"), count, up=True)
    unavailable = scaled_value(rolling.get("maxUnavailable", "25%"), count, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return surge, unavailable


def max_surge(deployment: Object) -> int:
    """How many pods more than asked for a rollout may have."""
    return fence_posts(deployment)[0] if is_rolling(deployment) else 0


def max_unavailable(deployment: Object) -> int:
    """How many pods fewer than asked for may be available during a rollout."""
    if not is_rolling(deployment) or replicas(deployment) == 0:
        return 0
    return min(fence_posts(deployment)[1], replicas(deployment))


def new_set_size(deployment: Object, sets: Iterable[Object], new: Object) -> int:
    """The size of the new ReplicaSet: as large as the surge lets it be."""
    wanted = replicas(deployment)
    if not is_rolling(deployment) or replicas(new) > wanted:
        return wanted
    room = wanted + max_surge(deployment) - total(sets)
    if room <= 0:
        return replicas(new)
    return replicas(new) + min(room, wanted - replicas(new))


def shrink_old_sets(deployment: Object, old: Sequence[Object], new: Object) -> list[Scaling]:
    """What a rolling update takes away from the active old ReplicaSets, in order.

    First pods that are not available anyway, then as many more as the minimum of available pods
    allows.
    """
    old = oldest_first(old)
    minimum = replicas(deployment) - max_unavailable(deployment)
    new_unavailable = replicas(new) - status_count(new, "availableReplicas")
    budget = total(old) + replicas(new) - minimum - new_unavailable
    if not old or budget <= 0:
        return []
    sizes = {name_of(one): replicas(one) for one in old}
    steps: list[Scaling] = []
    for one in old:
        if budget <= 0:
            break
        unhealthy = replicas(one) - status_count(one, "availableReplicas")
        if unhealthy < 0:
            # Its status is from before it was scaled down: what is available is not known now.
            return steps
        budget -= _take(one, min(budget, unhealthy), sizes, steps)
    available = total_status([*old, new], "availableReplicas")
    spare = max(0, available - minimum)
    for one in old:
        spare -= _take(one, min(spare, sizes[name_of(one)]), sizes, steps)
    return steps


def _take(one: Object, count: int, sizes: dict[str, int], steps: list[Scaling]) -> int:
    if count <= 0:
        return 0
    sizes[name_of(one)] -= count
    steps.append((one, sizes[name_of(one)]))
    return count


def is_saturated(deployment: Object, new: Object | None) -> bool:
    """Whether the new ReplicaSet holds all the replicas and all are available."""
    if new is None:
        return False
    wanted = replicas(deployment)
    return (
        replicas(new) == wanted
        and annotations_of(new).get(DESIRED) == str(wanted)
        and status_count(new, "availableReplicas") == wanted
    )


def is_scaled(deployment: Object, sets: Iterable[Object]) -> bool:
    """Whether someone changed spec.replicas since the active ReplicaSets were last scaled."""
    for one in active(sets):
        desired = annotations_of(one).get(DESIRED, "")
        if desired.isdecimal() and int(desired) != replicas(deployment):
            return True
    return False


def only_active_or_latest(new: Object | None, old: Sequence[Object]) -> Object | None:
    """The one ReplicaSet that a scaling is about; None when several are active."""
    newest_first = list(reversed(oldest_first(old)))
    every = [*newest_first, *([new] if new else [])]
    running = active(every)
    if len(running) > 1 or not every:
        return None
    return running[0] if running else (new or newest_first[0])


def scale_in_proportion(deployment: Object, sets: Iterable[Object]) -> list[Scaling]:
    """The sizes of the active ReplicaSets when a Deployment is scaled in the middle of a rollout.

    The difference is shared out by size, larger first; what rounding leaves goes to the largest.
    """
    running = oldest_first(active(sets))
    wanted = replicas(deployment)
    allowed = wanted + max_surge(deployment) if wanted else 0
    to_add = allowed - total(running)
    if to_add > 0:
        running.reverse()
    running.sort(key=replicas, reverse=True)
    added, sizes = 0, []
    for one in running:
        share = _share(deployment, one, to_add, added)
        sizes.append(replicas(one) + share)
        added += share
    if sizes and to_add:
        sizes[0] = max(0, sizes[0] + to_add - added)
    return list(zip(running, sizes, strict=True))


def _share(deployment: Object, one: Object, to_add: int, added: int) -> int:
    if to_add in (0, added):
        return 0
    fraction = _fraction(deployment, one)
    limit = min if to_add > 0 else max
    return limit(fraction, to_add - added)


def _fraction(deployment: Object, one: Object) -> int:
    """By how many replicas the set would change if it kept its part of the whole."""
    if replicas(deployment) == 0:
        return -replicas(one)
    text = annotations_of(one).get(MAXIMUM, "")
    before = int(text) if text.isdecimal() else 0
    before = before or status_count(deployment, "replicas")
    if before == 0:
        return 0
    now = replicas(deployment) + max_surge(deployment)
    size = replicas(one) * now / before
    return int(copysign(floor(abs(size) + 0.5), size)) - replicas(one)

"""pods/eviction: a deletion that disruption budgets may refuse."""

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.selectors.labels import matches_selector
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.times import now
from gitops_lab.apiserver.verbs.decoding import read_object
from gitops_lab.apiserver.verbs.delete import delete_one
from gitops_lab.apiserver.verbs.update import begin
from gitops_lab.apiserver.verbs.writing import body_of, store_changed
from gitops_lab.kube.objects import Object, condition_of, labels_of, name_of

_DONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
_TARGET, _ALLOWED = "DisruptionTarget", "DisruptionAllowed"
_SEVERAL = (
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not "
    "support."
)
_MOST_UNCONFIRMED = 2000


async def evict(api: Api, call: Call) -> Answer:
    """POST of an Eviction; 429 when the pod's budget allows no disruption now."""
    eviction = read_object(call, "Eviction", "policy/v1")
    if name_of(eviction) not in ("", call.target.name):
        raise status.bad_request("name in URL does not match name in Eviction object")
    options = eviction.get("deleteOptions") or {}
    if options.get("dryRun") and not call.dry_run:
        call.query.pairs.append(("dryRun", "All"))
    served = api.served(call.resource)
    write = await begin(api, call, served)
    if write.previous is None:
        raise status.not_found("", "pods", call.target.name)
    pod = served.whole(write.previous)
    if not _counts(pod) or await _may_go(api, call, pod):
        if not call.dry_run:
            await _mark(api, call)
        await delete_one(api, call, served, call.target.name, options)
    return Answer.of(_DONE, 201)


def _counts(pod: Object) -> bool:
    """Whether a budget has a say: not about a pod that serves nobody anyway."""
    held = pod.get("status") or {}
    ended = held.get("phase") in ("Succeeded", "Failed", "Pending")
    return not ended and "deletionTimestamp" not in pod["metadata"]


async def _may_go(api: Api, call: Call, pod: Object) -> bool:
    """True, with the disruption noted in the budget. Raises StatusError 429, 403, 500."""
    budgets = api.builtin("policy", "v1", "poddisruptionbudgets")
    found = [
        entry
        for entry in budgets.collection.entries(call.target.namespace or "")
        if _selects(entry.parsed(), pod)
    ]
    if len(found) > 1:
        raise status.StatusError(500, "", _SEVERAL)
    if not found:
        return True
    entry = await api.store.settled(found[0].key)
    if entry is None:
        return True
    budget = budgets.whole(entry)
    if not _is_ready(pod) and _spares_healthy(budget):
        return True
    new = _spent(budget, name_of(pod))
    if not call.dry_run:
        await api.store.put(entry.key, body_of(budgets, new), entry)
    return True


def _selects(budget: Object, pod: Object) -> bool:
    selector = (budget.get("spec") or {}).get("selector")
    return selector is not None and matches_selector(selector, labels_of(pod))


def _is_ready(pod: Object) -> bool:
    return (condition_of(pod, "Ready") or {}).get("status") == "True"


def _spares_healthy(budget: Object) -> bool:
    """Whether a pod that is not ready may go without counting."""
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    held = budget.get("status") or {}
    desired = held.get("desiredHealthy", 0)
    return bool(held.get("currentHealthy", 0) >= desired > 0)


def _spent(budget: Object, pod: str) -> Object:
    """The budget with one disruption less. Raises StatusError 429 or 403."""
    held = dict(budget.get("status") or {})
    name = name_of(budget)
    if held.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        why = f"The disruption budget {name} is still being processed by the server."
        raise _too_many(why, {"retryAfterSeconds": 10})
    unconfirmed = held.get("disruptedPods") or {}
    if len(unconfirmed) > _MOST_UNCONFIRMED:
        raise status.forbidden(
            "policy",
            "poddisruptionbudget",
            name,
            "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
        )
    if held.get("disruptionsAllowed", 0) <= 0:
        raise _too_many(_why_not(budget), {})
    held["disruptionsAllowed"] -= 1
    held["disruptedPods"] = {**unconfirmed, pod: now()}
    if not held["disruptionsAllowed"]:
        held["conditions"] = [_exhausted(each) for each in held.get("conditions") or []]
    return {**budget, "status": held}


def _why_not(budget: Object) -> str:
    held, name = budget.get("status") or {}, name_of(budget)
    condition = condition_of(budget, _ALLOWED) or {}
    reason, message = condition.get("reason"), condition.get("message")
    refused = f"The disruption budget {name} does not allow evicting pods currently"
    is_false = condition.get("status") == "False" and message
    current, desired = held.get("currentHealthy", 0), held.get("desiredHealthy", 0)
    if is_false and reason == "SyncFailed":
        return f"{refused} because it failed sync: {message}"
    if current <= desired:
        return (
            f"The disruption budget {name} needs {desired} healthy pods and has {current} currently"
        )
    return f"{refused} ({reason}): {message}" if is_false else refused


def _too_many(why: str, details: Object) -> status.StatusError:
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    cause = {"reason": "DisruptionBudget", "message": why}
    return status.StatusError(429, "TooManyRequests", message, {**details, "causes": [cause]})


def _exhausted(condition: Object) -> Object:
    if condition.get("type") != _ALLOWED or condition.get("status") == "False":
        return condition
    changed = {"status": "False", "reason": "InsufficientPods", "lastTransitionTime": now()}
    return {**condition, **changed}


async def _mark(api: Api, call: Call) -> Entry | None:
    """Say in the pod's status that it is being disrupted."""
    served = api.served(call.resource)
    write = await begin(api, call, served)
    if write.previous is None:
        return None
    new = served.whole(write.previous)
    held = new.setdefault("status", {})
    kept = [each for each in held.get("conditions") or [] if each.get("type") != _TARGET]
    condition = {
        "type": _TARGET,
        "status": "True",
        "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting",
        "lastProbeTime": None,
        "lastTransitionTime": now(),
    }
    held["conditions"] = [*kept, condition]
    return await store_changed(write, new)

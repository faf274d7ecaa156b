"""Who owns the claims of a StatefulSet's pods, so that they go when they are to go. Pure."""

from gitops_lab.controllers.framework.ownership import controller_reference, owner_references
from gitops_lab.controllers.statefulset.identity import is_in_range, ordinal_of
from gitops_lab.kube.objects import Object, name_of, uid_of

_DELETE = "Delete"


def retention(one: Object) -> tuple[bool, bool]:
    """Whether claims go with a pod that is scaled away, and with the set."""
    policy = one["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    return policy.get("whenScaled") == _DELETE, policy.get("whenDeleted") == _DELETE


def is_stale(claim: Object, pod: Object) -> bool:
    """Whether the claim still belongs to an earlier pod of that name, and goes with it."""
    return _is_stale(claim, pod, "v1", "Pod")


def has_conflict(claim: Object, one: Object, pod: Object) -> bool:
    """Whether somebody else controls a claim that has to go one day."""
    if not any(retention(one)):
        return False
    ours = {uid_of(one), uid_of(pod)}
    for reference in owner_references(claim):
        if _names(reference, one, "apps/v1", "StatefulSet") or _names(reference, pod, "v1", "Pod"):
            if reference.get("uid") not in ours:
                return True
        elif reference.get("controller"):
            return True
    return False


def wanted_owners(claim: Object, one: Object, pod: Object) -> list[Object] | None:
    """The owner references that the claim is to have; None when it has them, or is not ours."""
    if _is_stale(claim, one, "apps/v1", "StatefulSet") or is_stale(claim, pod):
        return None
    held = owner_references(claim)
    ours = [ref for ref in held if ref.get("uid") in (uid_of(one), uid_of(pod))]
    others = [
        ref
        for ref in held
        if not _names(ref, one, "apps/v1", "StatefulSet") and not _names(ref, pod, "v1", "Pod")
    ]
    if has_conflict(claim, one, pod):
        return others if ours else None
    owner = _owner(one, pod)
    wanted = {owner["uid"]} if owner else set()
    if {ref["uid"] for ref in ours} == wanted and all(ref.get("controller") for ref in ours):
        return None
    return [*others, owner] if owner else others


def _owner(one: Object, pod: Object) -> Object | None:
    with_pod, with_set = retention(one)
    if not is_in_range(one, ordinal_of(pod)) and with_pod:
        return controller_reference(pod, "v1", "Pod")
    return controller_reference(one, "apps/v1", "StatefulSet") if with_set else None


def _names(reference: Object, obj: Object, api_version: str, kind: str) -> bool:
    named = (reference.get("apiVersion"), reference.get("kind"), reference.get("name"))
    return named == (api_version, kind, name_of(obj))


def _is_stale(claim: Object, obj: Object, api_version: str, kind: str) -> bool:
    for reference in owner_references(claim):
        if _names(reference, obj, api_version, kind):
            return bool(reference.get("uid") != uid_of(obj))
    return False

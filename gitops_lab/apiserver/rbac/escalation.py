"""Nobody grants what they don't have: checked when roles and bindings are written.

Whoever has the verb `escalate` on roles, or `bind` on the role in question, may.
"""

from gitops_lab.apiserver import status
from gitops_lab.apiserver.config import User
from gitops_lab.apiserver.rbac.attributes import Attributes
from gitops_lab.apiserver.rbac.authorizer import GROUP, Authorizer
from gitops_lab.apiserver.rbac.rules import FULL_AUTHORITY, Rule, go_list, told, uncovered
from gitops_lab.kube.objects import Object, namespace_of

_ROLES = (f"{GROUP}/roles", f"{GROUP}/clusterroles")
_BINDINGS = (f"{GROUP}/rolebindings", f"{GROUP}/clusterrolebindings")
_COLLECTED = ("finalizers", "ownerReferences")


def check_grant(
    authorizer: Authorizer, user: User, collection: str, new: Object, old: Object | None
) -> None:
    """Raises StatusError 403 when a role or binding would give more than its writer has."""
    if collection not in (*_ROLES, *_BINDINGS) or user.is_admin or _only_collected(new, old):
        return
    plural = collection.partition("/")[2]
    if collection in _BINDINGS:
        _check_binding(authorizer, user, plural, new)
    else:
        _check_role(authorizer, user, plural, (new, old))


def _only_collected(new: Object, old: Object | None) -> bool:
    """Whether a change touches nothing but what a deletion waits for."""
    if old is None:
        return False
    return _without(new) == _without(old)


def _without(obj: Object) -> Object:
    skipped = (*_COLLECTED, "managedFields", "resourceVersion")
    kept = {key: value for key, value in obj["metadata"].items() if key not in skipped}
    return {**obj, "metadata": kept}


def _check_role(
    authorizer: Authorizer, user: User, plural: str, change: tuple[Object, Object | None]
) -> None:
    new = change[0]
    name, namespace = new["metadata"].get("name", ""), namespace_of(new)
    asked = Attributes(user, "escalate", GROUP, plural, "", name, namespace)
    if authorizer.decide(asked).allowed:
        return
    _require(authorizer, user, (plural, name, namespace), new.get("rules") or [])
    if any(_aggregates(each) for each in change if each is not None):
        held, _ = authorizer.rules_of(user, "")
        if uncovered(held, FULL_AUTHORITY):
            why = "must have cluster-admin privileges to use the aggregationRule"
            raise status.forbidden(GROUP, plural, name, why)


def _aggregates(role: Object) -> bool:
    return bool((role.get("aggregationRule") or {}).get("clusterRoleSelectors"))


def _check_binding(authorizer: Authorizer, user: User, plural: str, new: Object) -> None:
    name, namespace, role = new["metadata"].get("name", ""), namespace_of(new), new["roleRef"]
    kinds = {"ClusterRole": "clusterroles", "Role": "roles"}
    group, resource = role.get("apiGroup", ""), kinds.get(role.get("kind", ""), "")
    asked = Attributes(user, "bind", group, resource, "", role.get("name", ""), namespace)
    if resource and authorizer.decide(asked).allowed:
        return
    try:
        rules = authorizer.referenced(role, namespace)
    except status.StatusError:
        raise status.not_found(GROUP, plural, role.get("name", "")) from None
    _require(authorizer, user, (plural, name, namespace), rules)


def _require(
    authorizer: Authorizer, user: User, at: tuple[str, str, str], wanted: list[Rule]
) -> None:
    plural, name, namespace = at
    held, problem = authorizer.rules_of(user, namespace)
    missing = uncovered(held, wanted)
    if not missing:
        return
    lines = "\n".join(told(missing))
    why = (
        f'user "{user.name}" (groups={go_list(user.groups)}) is attempting to grant RBAC '
        f"permissions not currently held:\n{lines}"
    )
    if problem:
        why += f"; resolution errors: [{problem}]"
    raise status.forbidden(GROUP, plural, name, why)

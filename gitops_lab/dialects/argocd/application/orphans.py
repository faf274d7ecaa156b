"""Objects in an Application's namespace that belong to no Application, where a project asks."""

from collections.abc import Callable, Iterator

from gitops_lab.dialects.argocd.projects.project import Project
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import GroupKind, uid_of

LOOK_EVERY = 5.0
"""Seconds between two looks: nothing tells of an object that belongs to nobody."""
_NEVER_SEEN = frozenset(
    {
        GroupKind("", "Event"),
        GroupKind("events.k8s.io", "Event"),
        GroupKind("", "Endpoints"),
        GroupKind("discovery.k8s.io", "EndpointSlice"),
        GroupKind("coordination.k8s.io", "Lease"),
        GroupKind("metrics.k8s.io", "PodMetrics"),
    }
)
"""Kinds that Argo CD leaves out of its sight."""
_ALWAYS_THERE = frozenset({("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")})


def count(
    client: Client, namespace: str, project: Project, owned: Callable[[Object, ObjectKey], bool]
) -> int:
    """How many there are, what they own included. `owned` says whether one has an Application.

    Raises ApiError.
    """
    if project.orphans is None or not namespace:
        return 0
    there = list(_objects(client, namespace))
    by_uid = {uid_of(obj): obj for obj in there}
    return sum(1 for obj in there if _is_orphan(_root(obj, by_uid), project, owned))


def _is_orphan(root: Object, project: Project, owned: Callable[[Object, ObjectKey], bool]) -> bool:
    key = ObjectKey.of(root)
    if (key.kind, key.name) in _ALWAYS_THERE or owned(root, key):
        return False
    if key == ObjectKey("", "Service", "default", "kubernetes"):
        return False
    if not project.permits_kind(key.group, key.kind, key.name, namespaced=True):
        return False
    ignored = project.orphans.ignore if project.orphans else ()
    return not any(rule.matches(key.group, key.kind, key.name) for rule in ignored)


def _root(obj: Object, by_uid: dict[str, Object]) -> Object:
    """What owns it, and what owns that."""
    for _ in range(10):
        owners = obj["metadata"].get("ownerReferences") or []
        above = next((by_uid[o["uid"]] for o in owners if o.get("uid") in by_uid), None)
        if above is None:
            return obj
        obj = above
    return obj


def _objects(client: Client, namespace: str) -> Iterator[Object]:
    seen: set[GroupKind] = set()
    for info in client.resources():
        kind = GroupKind(info.group, info.kind)
        if not info.namespaced or "list" not in info.verbs or kind in seen | _NEVER_SEEN:
            continue
        seen.add(kind)
        try:
            yield from client.list(info.api_version, info.kind, namespace).items
        except ApiError:
            continue  # a kind that can't be listed now says nothing of the others

"""From a path to the resource that it names."""

from dataclasses import replace

from gitops_lab.apiserver.http.call import Target
from gitops_lab.apiserver.types.registry import Registry, Resource

# Below a namespace these are subresources of the Namespace itself, not resources in it.
_OF_NAMESPACE = ("status", "finalize")


def resource_target(registry: Registry, path: str) -> Target | None:
    """The target of /api/V/… or /apis/G/V/…; None when the path names no served resource."""
    parts = [part for part in path.split("/") if part]
    if len(parts) >= 3 and parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    if rest[0] != "watch":
        return _target(registry, group, version, rest)
    target = _target(registry, group, version, rest[1:])
    return replace(target, watched=True) if target else None


def serves_version(registry: Registry, path: str) -> bool:
    """Whether a path lies below a group and version of which something is served."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        wanted = ("", parts[1])
    elif parts[:1] == ["apis"] and len(parts) > 3:
        wanted = (parts[1], parts[2])
    else:
        return False
    return any((each.group, each.version) == wanted for each in registry.all())


def _target(registry: Registry, group: str, version: str, rest: list[str]) -> Target | None:
    namespace = None
    if rest and rest[0] == "namespaces" and len(rest) > 2 and not _is_own(rest):
        namespace, rest = rest[1], rest[2:]
    if not rest:
        return None
    resource = registry.lookup(group, version, rest[0])
    if resource is None or not resource.served or not _fits(resource, namespace, rest):
        return None
    name = rest[1] if len(rest) > 1 else ""
    return Target(resource, namespace, name, "/".join(rest[2:]))


def _is_own(rest: list[str]) -> bool:
    return len(rest) == 3 and rest[2] in _OF_NAMESPACE


def _fits(resource: Resource, namespace: str | None, rest: list[str]) -> bool:
    if namespace is not None:
        return resource.namespaced
    return not resource.namespaced or len(rest) == 1

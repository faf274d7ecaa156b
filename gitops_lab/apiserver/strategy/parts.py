"""The doors through which one part of a pod's spec may change: ephemeral containers, resources."""

from copy import deepcopy
from typing import Any

from gitops_lab.apiserver.validation.errors import FieldError, forbidden
from gitops_lab.kube.objects import Object

EPHEMERAL, RESIZE = "ephemeralcontainers", "resize"
DOORS = (EPHEMERAL, RESIZE)
_COMPUTE = ("cpu", "memory")
_GROUPS = ("containers", "initContainers")


def keep(new: Object, old: Object, door: str) -> None:
    """Leave of a change what the door is for; the rest is as it was."""
    spec = keep_ephemeral(new, old) if door == EPHEMERAL else keep_resources(new, old)
    if spec is None:
        return
    new["spec"] = spec
    if "status" in old:
        new["status"] = old["status"]


def keep_ephemeral(new: Object, old: Object) -> Object:
    """The old spec with the new ephemeral containers."""
    spec: Object = {**old["spec"]}
    spec.pop("ephemeralContainers", None)
    if new["spec"].get("ephemeralContainers"):
        spec["ephemeralContainers"] = new["spec"]["ephemeralContainers"]
    return spec


def keep_resources(new: Object, old: Object) -> Object | None:
    """The old spec with the new resources; None where the containers aren't the same ones."""
    if any(_names(new, group) != _names(old, group) for group in _GROUPS):
        return None
    spec: Object = {**old["spec"]}
    for group in _GROUPS:
        if group in spec:
            pairs = zip(new["spec"][group], spec[group], strict=True)
            spec[group] = [_resized(each, before) for each, before in pairs]
    return spec


def _names(pod: Object, group: str) -> list[str]:
    return [each.get("name", "") for each in pod["spec"].get(group) or []]


def _resized(new: Object, old: Object) -> Object:
    resized: Object = {**old}
    for name in ("resources", "resizePolicy"):
        resized.pop(name, None)
        if name in new:
            resized[name] = new[name]
    return resized


def check(new: Object, old: Object, door: str) -> list[FieldError]:
    """What is wrong with a change through a door."""
    return _check_ephemeral(new, old) if door == EPHEMERAL else _check_resize(new, old)


def _check_ephemeral(new: Object, old: Object) -> list[FieldError]:
    path = "spec.ephemeralContainers"
    now = {each["name"]: each for each in new["spec"].get("ephemeralContainers") or []}
    problems = []
    for before in old["spec"].get("ephemeralContainers") or []:
        name = before["name"]
        if name not in now:
            why = f'existing ephemeral containers "{name}" may not be removed\n'
            problems.append(forbidden(path, why))
        elif now[name] != before:
            why = f'existing ephemeral containers "{name}" may not be changed\n'
            problems.append(forbidden(path, why))
    return problems


def _check_resize(new: Object, old: Object) -> list[FieldError]:
    problems = [problem for group in _GROUPS for problem in _order(new, old, group)]
    if problems:
        return problems
    for group in _GROUPS:
        pairs = zip(new["spec"].get(group) or [], old["spec"].get(group) or [], strict=True)
        for index, (each, before) in enumerate(pairs):
            path = f"spec.{group}[{index}].resources"
            problems += _removed(each, before, path)
            if _without_compute(each) != _without_compute(before):
                what = "" if group == "containers" else " for init or sidecar containers"
                where = "spec" if group == "containers" else f"spec.{group}[{index}]"
                why = f"only cpu and memory resources{what} are mutable"
                problems.append(forbidden(where, why))
    return problems


def _order(new: Object, old: Object, group: str) -> list[FieldError]:
    names, before = _names(new, group), _names(old, group)
    path = f"spec.{group}"
    if len(names) != len(before):
        return [forbidden(path, f"{group} may not be added or removed on resize")]
    why = f"{group} may not be renamed or reordered on resize"
    return [
        forbidden(f"{path}[{index}].name", why)
        for index, name in enumerate(names)
        if name != before[index]
    ]


def _removed(new: Object, old: Object, path: str) -> list[FieldError]:
    problems = []
    for which in ("requests", "limits"):
        now, before = ((each.get("resources") or {}).get(which) or {} for each in (new, old))
        if set(before) - set(now):
            why = f"resource {which} cannot be removed"
            problems.append(forbidden(f"{path}.{which}", why))
    return problems


def _without_compute(container: Object) -> Object:
    kept: dict[str, Any] = deepcopy(container)
    resources = kept.get("resources") or {}
    for which in ("requests", "limits"):
        left = {k: v for k, v in (resources.get(which) or {}).items() if k not in _COMPUTE}
        resources.pop(which, None)
        if left:
            resources[which] = left
    return kept

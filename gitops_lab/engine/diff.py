"""A change as text: a unified diff of YAML, secrets masked. Pure."""

import difflib
from typing import TYPE_CHECKING, Any

from gitops_lab.kube.objects import Object
from gitops_lab.kube.yamls import dump

if TYPE_CHECKING:
    from gitops_lab.engine.plan import Change

_SERVER_FIELDS = frozenset(
    ["managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"]
)


def clean(obj: Object) -> Object:
    """An object without what only the server writes."""
    content = {key: value for key, value in obj.items() if key != "status"}
    metadata = obj.get("metadata") or {}
    content["metadata"] = {k: v for k, v in metadata.items() if k not in _SERVER_FIELDS}
    return content


def unified(change: "Change") -> str:
    """The change as `diff -u` would show it; "" when nothing changes."""
    before = clean(change.live) if change.live else {}
    return between(before, _after(change), f"live/{change.key}", f"git/{change.key}")


def between(before: Object, after: Object, old: str, new: str) -> str:
    """The difference of two objects ({} for none), with a label for each; secrets masked."""
    if "Secret" in (before.get("kind"), after.get("kind")):
        before, after = _masked(before, after)
    lines = difflib.unified_diff(
        dump(before).splitlines() if before else [],
        dump(after).splitlines() if after else [],
        fromfile=old,
        tofile=new,
        lineterm="",
    )
    text = "\n".join(lines)
    return text + "\n" if text else ""


def _after(change: "Change") -> Object:
    if change.action in ("prune", "skip"):
        return {} if change.action == "prune" else clean(change.live or {})
    if change.after is not None:
        return clean(change.after)
    if change.desired is None or change.action == "unchanged":
        return clean(change.live or {})
    return clean(change.desired.obj)


def _masked(before: Object, after: Object) -> tuple[Object, Object]:
    """Values of a Secret as stars: whether they differ is told, what they are is not."""
    left, right = before.get("data") or {}, after.get("data") or {}
    same = {key for key in left if left[key] == right.get(key)}
    return _with_stars(before, same, "before"), _with_stars(after, same, "after")


def _with_stars(secret: Object, same: set[str], side: str) -> Object:
    if not secret:
        return secret
    masked: dict[str, Any] = dict(secret)
    for field in ("data", "stringData"):
        values = secret.get(field)
        if isinstance(values, dict):
            masked[field] = {key: "***" if key in same else f"*** ({side})" for key in values}
    return masked

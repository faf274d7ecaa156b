"""Whose fields Flux takes over before it writes: what people did with kubectl becomes its own, and
so what they added is removed with the next write. Pure.
"""

from collections.abc import Mapping
from typing import Any

from gitops_lab.kube.objects import Object, annotations_of, labels_of

_ANNOTATIONS = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "kustomize.toolkit.fluxcd.io/checksum",
    "fluxcd.io/sync-checksum",
)
_LABELS = ("fluxcd.io/sync-gc-mark",)


def clean_up(live: Object, manager: str) -> list[dict[str, Any]]:
    """The JSON patch that takes marks of others off and makes kubectl's fields the manager's."""
    patch: list[dict[str, Any]] = [
        {"op": "remove", "path": f"/metadata/{what}/{name.replace('/', '~1')}"}
        for what, names, own in (
            ("annotations", _ANNOTATIONS, annotations_of(live)),
            ("labels", _LABELS, labels_of(live)),
        )
        for name in names
        if name in own
    ]
    entries = taken_over(live["metadata"].get("managedFields") or [], manager)
    if entries is not None:
        patch.append({"op": "replace", "path": "/metadata/managedFields", "value": entries})
    return patch


def taken_over(entries: list[dict[str, Any]], manager: str) -> list[dict[str, Any]] | None:
    """The entries with those of kubectl merged into the manager's; None when there are none."""
    own = next((e for e in entries if _is(e, manager, "Apply") and not _part(e)), None)
    others = [e for e in entries if e is not own]
    taken = [e for e in others if not _part(e) and _is_taken(e, manager)]
    if not taken:
        return None
    merged = dict(own or {**taken[0], "manager": manager, "operation": "Apply"})
    for entry in taken:
        merged["fieldsV1"] = _union(merged.get("fieldsV1") or {}, entry.get("fieldsV1") or {})
    return [*(entry for entry in others if entry not in taken), merged]


def _part(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("subresource"))


def _is(entry: Mapping[str, Any], manager: str, operation: str) -> bool:
    return entry.get("manager") == manager and entry.get("operation") == operation


def _is_taken(entry: Mapping[str, Any], manager: str) -> bool:
    """kubectl in all its ways, what was there before the first apply, and our own updates."""
    name = str(entry.get("manager", ""))
    if entry.get("operation") == "Apply":
        return name.startswith("kubectl")
    return name.startswith(("kubectl", "before-first-apply", manager))


def _union(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    both = {name: _union(one[name], other[name]) for name in one if name in other}
    return {**one, **other, **both}

"""Drift of a release: what is live is not what helm has applied. Found by a dry run of an apply."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jsonpatch

from gitops_lab.dialects.flux.helm.inventory import objects_of
from gitops_lab.dialects.flux.helm.spec import CONTROLLER, GROUP
from gitops_lab.dialects.flux.helm.storage import Stored
from gitops_lab.kube import JSON_PATCH, Client, Object
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import (
    annotations_of,
    copied,
    group_of,
    labels_of,
    name_of,
    namespace_of,
)

_SWITCH = f"{GROUP}/driftDetection"
_MARKS = {"app.kubernetes.io/managed-by": "Helm"}


@dataclass(frozen=True)
class Change:
    """An object that differs: `patch` brings it back, None when it is not there at all."""

    wanted: Object
    patch: tuple[Mapping[str, Any], ...] | None

    @property
    def name(self) -> str:
        """`Deployment/web/web`."""
        parts = (self.wanted["kind"], namespace_of(self.wanted), name_of(self.wanted))
        return "/".join(part for part in parts if part)

    def __str__(self) -> str:
        if self.patch is None:
            return f"{self.name} removed"
        count = {op: sum(1 for one in self.patch if one["op"] == op) for op in _OPERATIONS}
        added, changed, removed = (count[op] for op in _OPERATIONS)
        return f"{self.name} changed ({added} additions, {changed} changes, {removed} removals)"


_OPERATIONS = ("add", "replace", "remove")


def changes(client: Client, stored: Stored, ignore: Iterable[Mapping[str, Any]]) -> list[Change]:
    """What has drifted. Raises ApiError."""
    rules = list(ignore)
    found = []
    for obj in objects_of(client, stored):
        if _SWITCH in annotations_of(obj) or _SWITCH in labels_of(obj):
            marks = {**labels_of(obj), **annotations_of(obj)}
            if marks[_SWITCH] == "disabled":
                continue
        change = _change(client, _with_marks(obj, stored), rules)
        if change is not None:
            found.append(change)
    return found


def corrected(client: Client, found: Iterable[Change]) -> tuple[list[str], list[str]]:
    """Bring the objects back: what was done, and what could not be."""
    done, failures = [], []
    for change in found:
        try:
            if change.patch is None:
                client.create(change.wanted, field_manager=CONTROLLER)
                done.append(f"{change.name} created")
            else:
                client.patch(
                    change.wanted,
                    list(change.patch),
                    content_type=JSON_PATCH,
                    field_manager=CONTROLLER,
                )
                done.append(f"{change.name} configured")
        except ApiError as error:
            what = "creation" if change.patch is None else "patch"
            failures.append(f"{change.name} {what} failure: {error.message}")
    return done, failures


def _change(client: Client, wanted: Object, rules: list[Mapping[str, Any]]) -> Change | None:
    try:
        live = client.get(
            wanted["apiVersion"], wanted["kind"], name_of(wanted), namespace_of(wanted)
        )
    except NotFound:
        return Change(wanted, None)
    dry = client.apply(wanted, field_manager=CONTROLLER, force=True, dry_run=True)
    before, after = _comparable(live), _comparable(dry)
    for rule in rules:
        if _selected(wanted, rule.get("target") or {}):
            for path in rule.get("paths") or []:
                before, after = _without(before, path), _without(after, path)
    operations = jsonpatch.make_patch(before, after).patch
    return Change(wanted, tuple(operations)) if operations else None


def _with_marks(obj: Object, stored: Stored) -> Object:
    """With what helm adds to each object when it writes it."""
    metadata = dict(obj["metadata"])
    metadata["labels"] = {**labels_of(obj), **_MARKS}
    metadata["annotations"] = {
        **annotations_of(obj),
        "meta.helm.sh/release-name": stored.name,
        "meta.helm.sh/release-namespace": stored.namespace,
    }
    return {**obj, "metadata": metadata}


def _comparable(obj: Object) -> Object:
    reduced = {key: value for key, value in obj.items() if key != "status"}
    kept = ("name", "namespace", "labels", "annotations", "ownerReferences", "finalizers")
    metadata = {key: obj["metadata"][key] for key in kept if key in obj["metadata"]}
    return copied({**reduced, "metadata": metadata})


def _without(obj: Any, pointer: str) -> Any:
    """Without what a JSON pointer names."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    if not steps:
        return {}
    holder = obj
    for step in steps[:-1]:
        holder = _step(holder, step)
        if holder is None:
            return obj
    if isinstance(holder, dict):
        holder.pop(steps[-1], None)
    elif isinstance(holder, list) and steps[-1].isdigit() and int(steps[-1]) < len(holder):
        del holder[int(steps[-1])]
    return obj


def _step(holder: Any, step: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(step)
    if isinstance(holder, list) and step.isdigit() and int(step) < len(holder):
        return holder[int(step)]
    return None


def _selected(obj: Object, target: Mapping[str, Any]) -> bool:
    """Whether a rule's target, whose names are regular expressions, means the object."""
    facts = {
        "group": group_of(str(obj["apiVersion"])),
        "version": str(obj["apiVersion"]).rpartition("/")[2],
        "kind": str(obj["kind"]),
        "name": name_of(obj),
        "namespace": namespace_of(obj),
    }
    if any(target.get(key) and not re.fullmatch(target[key], facts[key]) for key in facts):
        return False
    return _matches(labels_of(obj), target.get("labelSelector")) and _matches(
        annotations_of(obj), target.get("annotationSelector")
    )


def _matches(values: Mapping[str, str], selector: str | None) -> bool:
    """`a=b,c!=d,e`: equality and existence, of which the selectors of patches are made."""
    for term in filter(None, (part.strip() for part in (selector or "").split(","))):
        key, sign, value = re.fullmatch(r"!?([^=!\s]+)\s*(!=|==|=)?\s*(.*)", term).groups()  # type: ignore[union-attr]
        if term.startswith("!"):
            holds = key not in values
        elif not sign:
            holds = key in values
        else:
            holds = (values.get(key) == value) != (sign == "!=")
        if not holds:
            return False
    return True

"""What an ApplicationSet does with the Applications that are there: make, change, delete. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.dialects.argocd.sets.applications import SET_KIND
from gitops_lab.dialects.argocd.sets.errors import SetError
from gitops_lab.engine.steppath import has, pointer_path, value_at, with_value, without
from gitops_lab.kube import Object
from gitops_lab.kube.merge_patch import merge_patch
from gitops_lab.kube.objects import annotations_of, copied, labels_of, name_of

_POLICIES = {
    "create-only": (False, False),
    "create-update": (True, False),
    "create-delete": (False, True),
    "sync": (True, True),
}
"""Name -> (whether it changes, whether it deletes)."""
_KEPT_ANNOTATIONS = (
    "notified.notifications.argoproj.io",
    "argocd.argoproj.io/refresh",
    "argocd.argoproj.io/hydrate",
)
_KEPT_FINALIZERS = ("post-delete-finalizer.argocd.argoproj.io", "pre-delete-finalizer.argocd")


@dataclass(frozen=True)
class Steps:
    """What to do: objects to create, (object, merge patch) to update, and names to delete."""

    create: tuple[Object, ...] = ()
    update: tuple[tuple[Object, dict[str, Any]], ...] = ()
    delete: tuple[str, ...] = ()


@dataclass(frozen=True)
class Policy:
    """How far an ApplicationSet goes, and which fields of its Applications are others'."""

    updates: bool = True
    deletes: bool = True
    keep_labels: tuple[str, ...] = ()
    keep_annotations: tuple[str, ...] = ()
    ignore: tuple[Mapping[str, Any], ...] = field(default=())


def policy_of(spec: Mapping[str, Any]) -> Policy:
    """The policy that an ApplicationSet asks for. Raises SetError for an unknown word."""
    word = (spec.get("syncPolicy") or {}).get("applicationsSync") or "sync"
    if word not in _POLICIES:
        known = ", ".join(_POLICIES)
        raise SetError(f"spec.syncPolicy.applicationsSync: {word!r} is none of {known}")
    kept = spec.get("preservedFields") or {}
    updates, deletes = _POLICIES[word]
    return Policy(
        updates=updates,
        deletes=deletes,
        keep_labels=tuple(kept.get("labels") or ()),
        keep_annotations=(*_KEPT_ANNOTATIONS, *(kept.get("annotations") or ())),
        ignore=tuple(spec.get("ignoreApplicationDifferences") or ()),
    )


def steps(owner: Object, wanted: Iterable[Object], live: Iterable[Object], policy: Policy) -> Steps:
    """What has to be done so that the wanted Applications are there. Raises SetError.

    An Application of the same name that belongs to nobody is taken over; one of another
    ApplicationSet is not.
    """
    there = {name_of(app): app for app in live}
    create, update = [], []
    names = set()
    for app in wanted:
        names.add(name_of(app))
        found = there.get(name_of(app))
        if found is None:
            create.append(app)
            continue
        other = controller_of(found)
        if other not in ("", str(owner["metadata"].get("uid", ""))):
            raise SetError(
                f"Object {found['metadata'].get('namespace')}/{name_of(found)} is already owned by "
                "another ApplicationSet controller"
            )
        if policy.updates:
            patch = merge_patch(found, brought_up(found, app, policy))
            update += [(found, patch)] if patch else []
    gone = [
        name_of(app) for app in there.values() if _is_mine(app, owner) and name_of(app) not in names
    ]
    return Steps(tuple(create), tuple(update), tuple(sorted(gone)) if policy.deletes else ())


def brought_up(live: Object, wanted: Object, policy: Policy) -> Object:
    """The live Application as it should be: the template's, but for what is others' to say."""
    found = copied(live)
    meta, asked = found["metadata"], wanted["metadata"]
    goal = copied(wanted)
    for path in _ignored(policy.ignore, name_of(live)):
        if has(live, path):
            goal = _put(goal, path, value_at(live, path))
        elif has(goal, path):
            goal = without(goal, path)
    found["spec"] = goal["spec"]
    if "operation" in goal:
        found["operation"] = goal["operation"]
    _set(meta, "labels", _kept(goal["metadata"], live, "labels", policy.keep_labels))
    kept = _kept(goal["metadata"], live, "annotations", policy.keep_annotations)
    _set(meta, "annotations", kept)
    finalizers = [
        one for one in meta.get("finalizers") or () if str(one).startswith(_KEPT_FINALIZERS)
    ]
    _set(meta, "finalizers", [*(asked.get("finalizers") or ()), *finalizers])
    meta["ownerReferences"] = _owners(meta.get("ownerReferences") or (), asked["ownerReferences"])
    return found


def without_owner(app: Object, uid: str) -> dict[str, Any]:
    """The patch after which an Application stays when its ApplicationSet goes."""
    references = app["metadata"].get("ownerReferences") or ()
    others = [one for one in references if one["uid"] != uid]
    return {"metadata": {"ownerReferences": others or None}}


def controller_of(app: Object) -> str:
    """The uid of the ApplicationSet that an Application belongs to, "" for none."""
    for reference in app["metadata"].get("ownerReferences") or ():
        if reference.get("controller") and reference.get("kind") == SET_KIND:
            return str(reference.get("uid", ""))
    return ""


def _is_mine(app: Object, owner: Object) -> bool:
    return controller_of(app) == str(owner["metadata"].get("uid", ""))


def _owners(live: Iterable[Any], mine: Sequence[Any]) -> list[Any]:
    others = [one for one in live if one.get("uid") != mine[0]["uid"]]
    return [*others, *mine]


def _kept(goal: Object, live: Object, which: str, keep: Iterable[str]) -> dict[str, str]:
    own = labels_of(live) if which == "labels" else annotations_of(live)
    return {**(goal.get(which) or {}), **{key: own[key] for key in keep if key in own}}


def _set(meta: Object, key: str, value: Any) -> None:
    if value:
        meta[key] = value
    else:
        meta.pop(key, None)


def _ignored(rules: Iterable[Mapping[str, Any]], name: str) -> list[tuple[str, ...]]:
    """The places that an ApplicationSet leaves to others in an Application."""
    found: list[tuple[str, ...]] = []
    for rule in rules:
        if rule.get("name") not in (None, "", name):
            continue
        found += [tuple(pointer_path(str(one))) for one in rule.get("jsonPointers") or ()]
        found += [_simple(str(one)) for one in rule.get("jqPathExpressions") or ()]
    return found


def _simple(expression: str) -> tuple[str, ...]:
    """A path of jq that is nothing but fields: `.spec.source.targetRevision`. Raises SetError."""
    parts = expression.split(".")
    if parts[0] or len(parts) < 2 or not all(part.replace("_", "").isalnum() for part in parts[1:]):
        raise SetError(
            "spec.ignoreApplicationDifferences: of jqPathExpressions only paths of fields are "
            f"supported here, such as .spec.source.targetRevision, not {expression}"
        )
    return tuple(parts[1:])


def _put(goal: Object, path: tuple[str, ...], value: Any) -> Object:
    """The goal with the value there, be the place new."""
    if has(goal, path):
        changed: Object = with_value(goal, path, value)
        return changed
    at = goal
    for step in path[:-1]:
        at = at.setdefault(step, {})
        if not isinstance(at, dict):
            return goal
    at[path[-1]] = copied(value)
    return goal

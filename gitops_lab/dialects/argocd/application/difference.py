"""Whether a live object is as Git says, by a three-way comparison. Pure but for the dry run.

As Argo CD: what applying would change is a difference. A field that nobody applied may stay; one
that was applied last and has left Git is a difference.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gitops_lab.dialects.argocd.application.jq import JqError, jq_paths
from gitops_lab.dialects.argocd.application.options import (
    SYNC_OPTIONS,
    has_option,
)
from gitops_lab.dialects.argocd.application.spec import JqRule
from gitops_lab.engine.compare import Difference, differences
from gitops_lab.engine.diff import clean
from gitops_lab.engine.ignoring import Ignoring, fits
from gitops_lab.engine.sync_spec import IgnoreRule
from gitops_lab.engine.threeway import LAST_APPLIED, last_applied
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import split_api_version

MANAGER = "argocd-controller"
_OWN = ".k8s.io"


@dataclass(frozen=True)
class Ignored:
    """The fields that are left to others, in one Application."""

    rules: tuple[IgnoreRule, ...] = ()
    jq: tuple[JqRule, ...] = ()

    def concerns(self, key: ObjectKey) -> bool:
        """Whether any rule fits an object."""
        return any(fits(rule, key) for rule in self.rules)

    def adopted(self, key: ObjectKey, target: Object, live: Object) -> Object:
        """The target with live values where a rule says so: for `RespectIgnoreDifferences`."""
        from gitops_lab.engine.desired import Desired

        one = Desired(key, target, b"")
        rules = (*self.rules, *self._as_pointers(key, target), *self._as_pointers(key, live))
        return Ignoring(rules).adopted(one, live).obj

    def stripped(self, key: ObjectKey, obj: Object, live: Object) -> Object:
        """An object without the fields that a rule names."""
        rules = (*self.rules, *self._as_pointers(key, obj))
        return Ignoring(rules).stripped(key, obj, live)

    def _as_pointers(self, key: ObjectKey, obj: Object) -> Iterator[IgnoreRule]:
        for entry in self.jq:
            if not fits(entry.rule, key):
                continue
            for path in entry.paths:
                try:
                    found = jq_paths(path, obj)
                except JqError:
                    continue  # named in a condition when the Application was read
                # the last one first: taking an item out of a list moves those after it
                pointers = tuple(_pointer(steps) for steps in sorted(found, reverse=True))
                yield IgnoreRule(pointers=pointers)


def find(target: Object, live: Object, ignored: Ignored) -> list[Difference]:
    """What applying on the client's side would change."""
    key = ObjectKey.of(target)
    before = _without_last(live)
    target = _with_finalizers_of(before, target)
    removed = list(_removed(last_applied(live), target, before, ()))
    if ignored.concerns(key):
        wanted = ignored.stripped(key, target, live)
        there = ignored.stripped(key, before, live)
        gone = ignored.stripped(key, _without_last(last_applied(live)), live)
        return [*differences(wanted, there), *_removed(gone, wanted, there, ())]
    return [*differences(target, before), *removed]


def find_on_server(
    client: Client, target: Object, live: Object, ignored: Ignored
) -> list[Difference]:
    """The same for server-side apply: the server's own answer to what it would make of it."""
    key = ObjectKey.of(target)
    try:
        after = client.apply(target, field_manager=MANAGER, force=True, dry_run=True)
    except ApiError:
        return find(target, live, ignored)
    wanted, there = clean(after), clean(live)
    if ignored.concerns(key):
        wanted = ignored.stripped(key, wanted, live)
        there = ignored.stripped(key, there, live)
    found = differences(wanted, there)
    return found or ([] if wanted == there else list(_removed(there, wanted, there, ())))


def is_server_side(target: Object, whole: bool) -> bool:
    """Whether an object is applied on the server's side."""
    if has_option(target, SYNC_OPTIONS, "ServerSideApply=false"):
        return False
    return whole or has_option(target, SYNC_OPTIONS, "ServerSideApply=true")


def _removed(last: Any, wanted: Any, live: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    """Fields that were applied last, are not wanted any more, and still are there."""
    if isinstance(last, dict) and isinstance(wanted, dict) and isinstance(live, dict):
        for name, value in last.items():
            if name not in wanted:
                if name in live and (*path, name) not in _ALWAYS_THERE:
                    yield Difference((*path, name), None, live[name])
            elif name in live:
                yield from _removed(value, wanted[name], live[name], (*path, name))
    elif isinstance(last, list) and isinstance(wanted, list) and isinstance(live, list):
        yield from _removed_items(last, wanted, live, path)


_ALWAYS_THERE = frozenset({("status",), ("metadata", "creationTimestamp")})
_KEYS = ("name", "containerPort", "port", "mountPath", "ip", "type", "uid", "topologyKey")


def _removed_items(
    last: list[Any], wanted: list[Any], live: list[Any], path: tuple[str, ...]
) -> Iterator[Difference]:
    name = next((key for key in _KEYS if _keyed(last, key) and _keyed(live, key)), "")
    if not name:
        return
    now = {item.get(name): item for item in wanted if isinstance(item, dict)}
    there = {item.get(name): item for item in live}
    for item in last:
        value = item.get(name)
        step = f"[{name}={value}]"
        if value not in now and value in there:
            yield Difference((*path, step), None, there[value])
        elif value in now and value in there:
            yield from _removed(item, now[value], there[value], (*path, step))


def _keyed(items: Iterable[Any], key: str) -> bool:
    return all(isinstance(item, dict) and key in item for item in items)


def _with_finalizers_of(live: Object, target: Object) -> Object:
    """The target with finalizers that others have set: of Kubernetes' own kinds they are merged, so
    that an object that is being deleted does not differ.
    """
    group = split_api_version(target["apiVersion"])[0]
    wanted = target["metadata"].get("finalizers") or []
    there = (live.get("metadata") or {}).get("finalizers") or []
    if not wanted or not set(wanted) < set(there) or ("." in group and _OWN not in group):
        return target
    return {**target, "metadata": {**target["metadata"], "finalizers": there}}


def _without_last(obj: Object) -> Object:
    metadata = obj.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    if LAST_APPLIED not in annotations:
        return obj
    kept = {name: value for name, value in annotations.items() if name != LAST_APPLIED}
    return {**obj, "metadata": {**metadata, "annotations": kept}}


def _pointer(steps: tuple[str, ...]) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)

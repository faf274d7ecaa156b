"""Fields that Git mentions and others decide: an autoscaler's replicas, a webhook's bundle. Pure.

Where a rule fits, Git's value counts only when the object is made. After that the live value is
taken over, so that applying changes nothing there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gitops_lab.engine.desired import Desired
from gitops_lab.engine.managed import Path
from gitops_lab.engine.steppath import has, owned_paths, pointer_path, value_at, with_value, without
from gitops_lab.engine.sync_spec import IgnoreRule
from gitops_lab.kube import Object, ObjectKey


@dataclass(frozen=True)
class Ignoring:
    """The rules of one App."""

    rules: tuple[IgnoreRule, ...]

    def concerns(self, key: ObjectKey) -> bool:
        """Whether a rule fits an object, so that it has to be read before it is written."""
        return any(fits(rule, key) for rule in self.rules)

    def adopted(self, one: Desired, live: Object) -> Desired:
        """What is wanted, with the live values where a rule says so."""
        obj = one.obj
        for path in self._paths(one.key, live):
            if not has(obj, path):
                continue
            if has(live, path):
                obj = with_value(obj, path, value_at(live, path))
            else:
                obj = without(obj, path)
        return replace(one, obj=obj)

    def stripped(self, key: ObjectKey, obj: Object, live: Object) -> Object:
        """An object without the fields that a rule names, for comparing who owns the rest."""
        for path in self._paths(key, live):
            obj = without(obj, path)
        return obj

    def _paths(self, key: ObjectKey, live: Object) -> Iterator[Path]:
        for rule in self.rules:
            if not fits(rule, key):
                continue
            yield from map(pointer_path, rule.pointers)
            for entry in (live.get("metadata") or {}).get("managedFields") or []:
                if entry.get("manager") in rule.managers:
                    yield from owned_paths(entry.get("fieldsV1") or {})


def fits(rule: IgnoreRule, key: ObjectKey) -> bool:
    """Whether a rule is about an object."""
    wanted = (rule.group, rule.kind, rule.namespace, rule.name)
    actual = (key.group, key.kind, key.namespace, key.name)
    return all(not want or want == have for want, have in zip(wanted, actual, strict=True))

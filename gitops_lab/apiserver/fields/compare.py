"""What a write changed: the fields that it removed, modified and added."""

from dataclasses import dataclass, field
from typing import Any

from gitops_lab.apiserver.fields.atoms import Atom
from gitops_lab.apiserver.fields.sets import keyed, whole_set
from gitops_lab.apiserver.fields.trie import LEAF, Trie, union


@dataclass(slots=True)
class Changes:
    """Three sets of fields, none of which has a field of another."""

    removed: Trie = field(default_factory=dict)
    modified: Trie = field(default_factory=dict)
    added: Trie = field(default_factory=dict)

    def put(self, key: str, below: "Changes") -> None:
        """Take over what changed below a path element."""
        if below.removed:
            self.removed[key] = below.removed
        if below.modified:
            self.modified[key] = below.modified
        if below.added:
            self.added[key] = below.added

    @property
    def written(self) -> Trie:
        """What the writer set: modified and added."""
        return union(self.modified, self.added)


def compare(old: Any, new: Any, atom: Atom) -> Changes:
    """Compare two versions of an object."""
    changes = Changes()
    if old != new:
        _compare_maps(old, new, atom, changes)
    return changes


def _compare_maps(old: dict[str, Any], new: dict[str, Any], atom: Atom, changes: Changes) -> None:
    for name, value in new.items():
        own = atom.at(name)
        if own is None:
            continue
        if name in old:
            before = old[name]
            if before != value:
                _compare_field("f:" + name, before, value, own, changes)
        else:
            changes.added["f:" + name] = whole_set(value, own)
    for name, value in old.items():
        if name not in new and (own := atom.at(name)) is not None:
            changes.removed["f:" + name] = whole_set(value, own)


def _compare_field(key: str, old: Any, new: Any, atom: Atom, changes: Changes) -> None:
    """Two values that differ, both of them there."""
    if _is_map(old, new) and atom.is_map and not atom.atomic_map and (old or new):
        below = Changes()
        _compare_maps(old or {}, new or {}, atom, below)
        changes.put(key, below)
    elif _is_list(old, new) and atom.associative and (old or new):
        below = Changes()
        _compare_lists(old or [], new or [], atom, below)
        changes.put(key, below)
    else:
        changes.modified[key] = LEAF
        if isinstance(new, dict) and not atom.atomic_map and atom.is_map and atom.scalar_type:
            added = {k: v for k, v in whole_set(new, atom).items() if k != "."}
            if added and not isinstance(old, dict):
                changes.added[key] = added


def _is_map(old: Any, new: Any) -> bool:
    return isinstance(old or {}, dict) and isinstance(new or {}, dict) and _one_of(old, new, dict)


def _is_list(old: Any, new: Any) -> bool:
    return isinstance(old or [], list) and isinstance(new or [], list) and _one_of(old, new, list)


def _one_of(old: Any, new: Any, kind: type) -> bool:
    """At least one is of the kind, the other is of it or null."""
    either = isinstance(old, kind) or isinstance(new, kind)
    return either and all(value is None or isinstance(value, kind) for value in (old, new))


def _compare_lists(old: list[Any], new: list[Any], atom: Atom, changes: Changes) -> None:
    before, after = _grouped(old, atom), _grouped(new, atom)
    for key in dict.fromkeys([*before, *after]):
        _compare_items(key, before.get(key, []), after.get(key, []), atom, changes)


def _grouped(value: list[Any], atom: Atom) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for key, item in keyed(value, atom):
        groups.setdefault(key, []).append(item)
    return groups


def _compare_items(key: str, old: list[Any], new: list[Any], atom: Atom, changes: Changes) -> None:
    """Items with one key: repeated ones are compared as if they were one atomic item."""
    if len(old) > 1 and len(new) > 1:
        if old != new:
            changes.modified[key] = LEAF
        return
    if len(old) > 1:
        if new:
            changes.added[key] = whole_set(new[0], atom.items)
        changes.removed[key] = LEAF
    elif len(new) > 1:
        if old:
            changes.removed[key] = whole_set(old[0], atom.items)
        changes.added[key] = LEAF
    elif not old:
        changes.added[key] = whole_set(new[0], atom.items)
    elif not new:
        changes.removed[key] = whole_set(old[0], atom.items)
    elif old[0] != new[0]:
        _compare_field(key, old[0], new[0], atom.items, changes)

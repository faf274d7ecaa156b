"""The set of fields that a value has."""

from typing import Any

from gitops_lab.apiserver.fields.atoms import Atom, ElementError, element_key
from gitops_lab.apiserver.fields.trie import LEAF, SELF, Trie


def field_set(value: Any, atom: Atom) -> Trie:
    """The fields that an applied configuration speaks of: leaves, list items, map entries.

    Declared fields that are structs are not members themselves; that they are there follows
    from what they hold.
    """
    if isinstance(value, dict) and not atom.atomic_map:
        return _map_set(value, atom)
    if isinstance(value, list) and atom.associative:
        return _list_set(value, atom)
    return LEAF


def _map_set(value: dict[str, Any], atom: Atom) -> Trie:
    fields, result = atom.fields, {}
    for name, sub in value.items():
        declared = fields.get(name)
        if type(sub) is not dict and type(sub) is not list:
            result["f:" + name] = LEAF
            continue
        own = declared if declared is not None else atom.element
        if own is None or _is_leaf(sub, own):
            result["f:" + name] = LEAF
            continue
        below = field_set(sub, own)
        if declared is None:
            result["f:" + name] = {SELF: LEAF, **below} if below else LEAF
        elif below:
            result["f:" + name] = below
    return result


def _is_leaf(value: Any, atom: Atom) -> bool:
    """Whether a container counts as one field: atomic, or an empty map."""
    if isinstance(value, list):
        return not atom.associative
    return atom.atomic_map or not value


def _list_set(value: list[Any], atom: Atom) -> Trie:
    result: Trie = {}
    for key, item in keyed(value, atom):
        if key in result:
            result[key] = LEAF  # repeated items are owned as one
            continue
        below = field_set(item, atom.items)
        result[key] = {SELF: LEAF, **below} if below else LEAF
    return result


def keyed(value: list[Any], atom: Atom) -> list[tuple[str, Any]]:
    """The items of an associative list with their path elements; unfit items are left out."""
    found = []
    for item in value:
        try:
            found.append((element_key(item, atom), item))
        except ElementError:
            continue
    return found


def whole_set(value: Any, atom: Atom) -> Trie:
    """The node of a value that came or went as a whole: it and everything in it is a member."""
    if isinstance(value, dict) and value and not atom.atomic_map and atom.is_map:
        result: Trie = {SELF: LEAF}
        for name, sub in value.items():
            own = atom.at(name)
            result["f:" + name] = LEAF if own is None else whole_set(sub, own)
        return result
    if isinstance(value, list) and value and atom.associative:
        result = {SELF: LEAF}
        for key, item in keyed(value, atom):
            result[key] = LEAF if key in result else whole_set(item, atom.items)
        return result
    return LEAF


def with_structs(trie: Trie, atom: Atom | None) -> Trie:
    """The set with every declared field that has members below it as a member itself."""
    result = {}
    for key, node in trie.items():
        if key == SELF or not node:
            result[key] = node
            continue
        own = _atom_below(key, atom)
        below = with_structs(node, own)
        declared = key[:2] == "f:" and atom is not None and key[2:] in atom.fields
        result[key] = {SELF: LEAF, **below} if declared and SELF not in below else below
    return result


def _atom_below(key: str, atom: Atom | None) -> Atom | None:
    if atom is None:
        return None
    if key[:2] == "f:":
        return atom.at(key[2:])
    return atom.items if key[:2] == "k:" and atom.associative else None

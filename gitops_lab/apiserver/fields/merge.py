"""Merging an applied configuration into the live object, and taking fields out of an object."""

from typing import Any

from gitops_lab.apiserver.fields.atoms import Atom, ElementError, element_key
from gitops_lab.apiserver.fields.sets import keyed
from gitops_lab.apiserver.fields.trie import SELF, Trie, is_member


def merge(live: Any, config: Any, atom: Atom) -> Any:
    """The live value with everything that the configuration says; what it leaves is shared."""
    if live is config or live == config:
        return live
    if isinstance(live, dict) and live and atom.is_map and not atom.atomic_map:
        if config is None or isinstance(config, dict):
            return _merge_maps(live, config or {}, atom)
    elif (
        isinstance(live, list)
        and live
        and atom.associative
        and (config is None or isinstance(config, list))
    ):
        return _merge_lists(live, config or [], atom)
    return config


def _merge_maps(live: dict[str, Any], config: dict[str, Any], atom: Atom) -> dict[str, Any]:
    result = live
    for name, value in config.items():
        if name in live:
            own = atom.at(name)
            merged = value if own is None else merge(live[name], value, own)
            if merged is live[name]:
                continue
        else:
            merged = value
        if result is live:
            result = dict(live)
        result[name] = merged
    return result


def _merge_lists(live: list[Any], config: list[Any], atom: Atom) -> list[Any]:
    """Items in the configuration's order where it speaks of them; others keep their place.

    An item that the configuration has is emitted where both orders agree: live items before the
    next shared one first, then the configuration's.
    """
    left = keyed(live, atom)
    right = keyed(config, atom)
    wanted = dict(right)
    groups: dict[str, list[Any]] = {}
    for key, item in left:
        groups.setdefault(key, []).append(item)
    shared = iter([key for key, _ in right if key in groups])
    result: list[Any] = []
    done: set[str] = set()
    next_shared = next(shared, None)
    li = ri = 0
    while li < len(left) or ri < len(right):
        if li < len(left):
            key, item = left[li]
            if key not in wanted:
                result.append(item)
                li += 1
                continue
            if key in done or (ri < len(right) and next_shared not in (None, key)):
                li += 1
                continue
        if ri < len(right):
            key, item = right[ri]
            ri += 1
            done.add(key)
            result.append(_merge_item(groups.get(key, []), item, atom))
            if key == next_shared:
                next_shared = next(shared, None)
                if li < len(left) and left[li][0] == key:
                    li += 1
        else:
            li += 1
    return result


def _merge_item(before: list[Any], item: Any, atom: Atom) -> Any:
    """An item with its live form; repeated live items are replaced."""
    return merge(before[0], item, atom.items) if len(before) == 1 else item


def remove(value: Any, doomed: Trie, atom: Atom) -> Any:
    """The value without the fields and items of a set; None when nothing is left of it.

    What is below a removed field goes with it. Atomic values that are only partly doomed go too.
    """
    if isinstance(value, dict) and value:
        return None if atom.atomic_map else _remove_keys(value, doomed, atom)
    if isinstance(value, list) and value:
        return _remove_items(value, doomed, atom) if atom.associative else None
    return None if isinstance(value, dict | list) else value


def _remove_keys(value: dict[str, Any], doomed: Trie, atom: Atom) -> dict[str, Any] | None:
    result = {}
    for name, sub in value.items():
        node = doomed.get("f:" + name)
        if node is None:
            result[name] = sub
        elif not is_member(node):
            own = atom.at(name)
            result[name] = sub if own is None else remove(sub, node, own)
    return result or None


def _remove_items(value: list[Any], doomed: Trie, atom: Atom) -> list[Any] | None:
    result = []
    for item in value:
        try:
            node = doomed.get(element_key(item, atom))
        except ElementError:
            node = None
        if node is None:
            result.append(item)
        elif not is_member(node):
            below = {key: sub for key, sub in node.items() if key != SELF}
            result.append(remove(item, below, atom.items))
    return result or None

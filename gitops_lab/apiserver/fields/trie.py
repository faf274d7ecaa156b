"""Sets of field paths, held as FieldsV1 writes them.

A set is a dict from path element (`f:name`, `k:{"name":"x"}`, `v:"x"`) to a node. A node is a
dict as well: empty, it is a member without members below it; otherwise it has the members below
it, and `.` when it is a member itself. So what is stored needs no decoding, and parts are shared:
no function changes its arguments.
"""

from collections.abc import Iterator
from typing import Any

Trie = dict[str, Any]
LEAF: Trie = {}
SELF = "."


def union(left: Trie, right: Trie) -> Trie:
    """What is in either."""
    if left is right or not right:
        return left
    if not left:
        return right
    result = dict(left)
    for key, node in right.items():
        present = result.get(key)
        result[key] = node if present is None else _union_node(present, node)
    return result


def _union_node(left: Trie, right: Trie) -> Trie:
    if left is right or left == right:
        return left
    if not left:
        return right if SELF in right else {SELF: LEAF, **right}
    if not right:
        return left if SELF in left else {SELF: LEAF, **left}
    return union(left, right)


def difference(left: Trie, right: Trie) -> Trie:
    """Members of the left that are no members of the right; what is below is judged alone."""
    if not left or not right:
        return left
    result = {}
    for key, node in left.items():
        other = right.get(key)
        kept: Trie | None = node if other is None else _difference_node(node, other)
        if kept is not None:
            result[key] = kept
    return result


def _difference_node(left: Trie, right: Trie) -> Trie | None:
    if left == right:
        return None
    member = is_member(left) and not is_member(right)
    below = difference(_children(left), _children(right))
    return _node(member, below)


def remove_below(left: Trie, right: Trie) -> Trie:
    """The left without the right's members and everything below them."""
    result = {}
    for key, node in left.items():
        other = right.get(key)
        if other is None:
            result[key] = node
        elif not is_member(other):
            kept = _node(is_member(node), remove_below(_children(node), other))
            if kept is not None:
                result[key] = kept
    return result


def intersection(left: Trie, right: Trie) -> Trie:
    """What is in both."""
    result = {}
    for key, node in left.items():
        other = right.get(key)
        if other is None:
            continue
        both = node if node == other else _intersection_node(node, other)
        if both is not None:
            result[key] = both
    return result


def _intersection_node(left: Trie, right: Trie) -> Trie | None:
    member = is_member(left) and is_member(right)
    return _node(member, intersection(_children(left), _children(right)))


def contains(whole: Trie, part: Trie) -> bool:
    """Whether every member of the part is a member of the whole."""
    if whole is part or not part:
        return True
    for key, node in part.items():
        other = whole.get(key)
        if other is None:
            return False
        if node is other or node == other:
            continue
        if is_member(node) and not is_member(other):
            return False
        if not contains(_children(other), _children(node)):
            return False
    return True


def is_member(node: Trie) -> bool:
    """Whether the node's own path is in the set."""
    return not node or SELF in node


def _children(node: Trie) -> Trie:
    if SELF not in node:
        return node
    return {key: sub for key, sub in node.items() if key != SELF}


def _node(member: bool, children: Trie) -> Trie | None:
    if not children:
        return LEAF if member else None
    return {SELF: LEAF, **children} if member else children


def paths(trie: Trie, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every member's path: members first, then what is below, each in Kubernetes' order."""
    keys = sorted((key for key in trie if key != SELF), key=_order)
    for key in keys:
        if is_member(trie[key]):
            yield (*prefix, key)
    for key in keys:
        if trie[key]:
            yield from paths(trie[key], (*prefix, key))


_RANKS = {"f": 0, "k": 1, "v": 2, "i": 3}


def _order(key: str) -> tuple[int, str]:
    return _RANKS.get(key[:1], 4), key


def has(trie: Trie, path: tuple[str, ...]) -> bool:
    """Whether a path is in the set."""
    node: Trie | None = trie
    for key in path:
        node = node.get(key) if node else None
        if node is None:
            return False
    return node is not None and is_member(node)


def of_paths(found: list[tuple[str, ...]]) -> Trie:
    """The set of some paths."""
    result: Trie = {}
    for path in found:
        node: Trie = LEAF
        for key in reversed(path):
            node = {key: node}
        result = union(result, node)
    return result

"""The order of a merged list: as the patch has it, with the server's other elements in place."""

from collections.abc import Hashable
from typing import Any

from gitops_lab.apiserver.patch.errors import PatchError

DIRECTIVE = "$patch"


def arranged(merged: list[Any], order: list[Any], before: list[Any], key: str) -> list[Any]:
    """The merged elements in the order of `order`; elements that it does not name keep their
    place relative to the list as it was `before`. `key` is the merge key, "" for scalars.
    """
    wanted = _positions(order, key)
    was = _positions(before, key)
    named = [item for item in merged if identity(item, key) in wanted]
    others = [item for item in merged if identity(item, key) not in wanted]
    named.sort(key=lambda item: wanted[identity(item, key)])
    others.sort(key=lambda item: was.get(identity(item, key), len(was)))
    return _woven(others, named, was, key)


def _woven(left: list[Any], right: list[Any], was: dict[Hashable, int], key: str) -> list[Any]:
    """Take from the left while it stood before the next of the right; else from the right."""
    result: list[Any] = []
    i = j = 0
    while i < len(left) and j < len(right):
        left_place = was.get(identity(left[i], key))
        right_place = was.get(identity(right[j], key))
        if left_place is not None and right_place is not None and left_place < right_place:
            result.append(left[i])
            i += 1
        else:
            result.append(right[j])
            j += 1
    return result + right[j:] + left[i:]


def check_order(changes: list[Any] | None, order: list[Any], key: str) -> None:
    """Raise PatchError when the patch's own elements are not in the order that it asks for."""
    if not changes or not order:
        return
    wanted = iter([identity(item, key) for item in order])
    for change in changes:
        if isinstance(change, dict) and DIRECTIVE in change:
            continue
        if identity(change, key) not in wanted:  # advances: a subsequence check
            raise PatchError(
                f"The order in patch list:\n{changes}\n doesn't match $setElementOrder list:"
                f"\n{order}\n"
            )


def _positions(items: list[Any], key: str) -> dict[Hashable, int]:
    return {identity(item, key): place for place, item in reversed(list(enumerate(items)))}


def identity(item: Any, key: str) -> Hashable:
    """What tells an element from others: its merge key's value, or the scalar itself."""
    value = item
    if key and isinstance(item, dict):
        value = item.get(key)
        if value is None:
            raise PatchError(f"map: {item} does not contain declared merge key: {key}")
    return value if isinstance(value, Hashable) else str(value)

"""Strategic merge patch: lists are merged by their keys, and directives say what else to do.

Facts of behaviour are those of k8s.io/apimachinery/pkg/util/strategicpatch. Neither document nor
patch is changed; what a patch leaves alone is shared with the document.
"""

from typing import Any

from gitops_lab.apiserver.patch.directives import (
    DELETE,
    DIRECTIVE,
    REPLACE,
    RETAIN_KEYS,
    Fields,
    deletion_of,
    order_of,
    retain_keys,
    without_directives,
    without_nulls,
)
from gitops_lab.apiserver.patch.errors import PatchError
from gitops_lab.apiserver.patch.ordering import arranged, check_order
from gitops_lab.apiserver.types import ANYTHING, Schema


def strategic_merge(doc: dict[str, Any], patch: Any, schema: Schema) -> dict[str, Any]:
    """The document with the patch merged in. Raises PatchError (400)."""
    if not isinstance(patch, dict):
        raise PatchError("error decoding patch: a strategic merge patch is an object")
    return merge_map(doc, patch, schema)


def merge_map(original: Fields, patch: Fields, schema: Schema) -> Fields:
    """Merge one object into another, field by field."""
    directive = patch.get(DIRECTIVE)
    if directive is not None:
        return _directed(directive, patch)
    result = retain_keys(original, patch)
    arranged_fields = _merge_ordered(result, patch, schema)
    for key, value in patch.items():
        if key == RETAIN_KEYS or order_of(key) or key in arranged_fields:
            continue
        _merge_field(result, key, value, schema)
    return result


def _directed(directive: Any, patch: Fields) -> Fields:
    if directive == REPLACE:
        return {key: value for key, value in patch.items() if key != DIRECTIVE}
    if directive == DELETE:
        return {}
    raise PatchError(f"Unknown patch type found: {directive}")


def _merge_field(result: Fields, key: str, value: Any, schema: Schema) -> None:
    deleting = deletion_of(key)
    name = deleting or key
    if value is None:
        result.pop(name, None)
        return
    present = result.get(name)
    if deleting:
        if isinstance(present, list) and isinstance(value, list):
            result[name] = [item for item in present if item not in value]
        return
    sub = schema.at(name) or ANYTHING
    if isinstance(present, dict) and isinstance(value, dict):
        result[name] = _merge_object(present, value, sub)
    elif isinstance(present, list) and isinstance(value, list):
        result[name] = merge_list(present, value, sub)
    else:
        kept, value = without_directives(without_nulls(value))
        if kept:
            result[name] = value
        else:
            result.pop(name, None)


def _merge_object(present: Fields, value: Fields, schema: Schema) -> Fields:
    if REPLACE in _strategies(schema):
        return value
    return merge_map(present, value, schema)


def merge_list(original: list[Any], patch: list[Any], schema: Schema) -> list[Any]:
    """Merge lists by key where their field says so; replace them otherwise."""
    if "merge" not in _strategies(schema):
        return patch
    if not original and not patch:
        return original
    key = schema.patch_merge_key
    if not isinstance((original or patch)[0], dict):
        merged = list(dict.fromkeys([*original, *patch]))
        return arranged(merged, patch, original, "")
    if not key:
        raise PatchError(f"cannot merge lists without merge key for {schema.name}")
    kept, changes = _special_elements(original, patch, key)
    merged = _merge_elements(kept, changes, key, schema.items or ANYTHING)
    return arranged(merged, changes, kept, key)


def _special_elements(
    original: list[Any], patch: list[Any], key: str
) -> tuple[list[Any], list[Any]]:
    """Carry out $patch: delete and $patch: replace among a list's elements."""
    changes: list[Any] = []
    replace = False
    for element in patch:
        directive = _mapping(element).get(DIRECTIVE)
        if directive is None:
            changes.append(element)
        elif directive == DELETE:
            doomed = key_value(element, key)
            original = [item for item in original if _mapping(item).get(key) != doomed]
        elif directive == REPLACE:
            replace = True
        else:
            raise PatchError(f"Unknown patch type found: {directive}")
    return (changes, []) if replace else (original, changes)


def _merge_elements(original: list[Any], changes: list[Any], key: str, schema: Schema) -> list[Any]:
    result = list(original)
    places = {_hashable(item.get(key)): i for i, item in reversed(list(enumerate(result)))}
    for change in changes:
        value = _hashable(key_value(change, key))
        if value in places:
            result[places[value]] = merge_map(result[places[value]], change, schema)
        else:
            places[value] = len(result)
            # As it is: what is told to a list in there finds nobody, and is an unknown field.
            result.append(change)
    return result


def _merge_ordered(result: Fields, patch: Fields, schema: Schema) -> set[str]:
    """Merge the lists whose order the patch gives by $setElementOrder; return their names."""
    done = set()
    for directive, order in patch.items():
        name = order_of(directive)
        if not name:
            continue
        if not isinstance(order, list):
            raise PatchError("invalid patch format of setElementOrder list")
        done.add(name)
        sub = schema.at(name) or ANYTHING
        before, changes = result.get(name), patch.get(name)
        if before is None and changes is None:
            continue
        check_order(changes, order, sub.patch_merge_key)
        merged = _merge_both(before, changes, sub)
        result[name] = arranged(merged, order, before or [], sub.patch_merge_key)
    return done


def _merge_both(before: Any, changes: Any, schema: Schema) -> list[Any]:
    if changes is None:
        return list(before)
    if before is None:
        return list(without_directives(changes)[1])
    return merge_list(before, changes, schema)


def key_value(element: Any, key: str) -> Any:
    """The value of an element's merge key. Raises PatchError when it has none."""
    found = _mapping(element).get(key)
    if found is None:
        raise PatchError(f"map: {element} does not contain declared merge key: {key}")
    return found


def _mapping(element: Any) -> Fields:
    if not isinstance(element, dict):
        raise PatchError(f"expected an object among the elements of a list, but got {element!r}")
    return element


def _strategies(schema: Schema) -> list[str]:
    return schema.patch_strategy.split(",")


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else str(value)

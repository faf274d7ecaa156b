"""The words that a strategic merge patch has beside the fields."""

from typing import Any

from gitops_lab.apiserver.patch.errors import PatchError

Fields = dict[str, Any]

DIRECTIVE = "$patch"
DELETE = "delete"
REPLACE = "replace"
RETAIN_KEYS = "$retainKeys"
ORDER_PREFIX = "$setElementOrder"
DELETION_PREFIX = "$deleteFromPrimitiveList"


def order_of(key: str) -> str:
    """The field whose order `$setElementOrder/field` gives; "" for another key."""
    return _field_of(key, ORDER_PREFIX, "setElementOrder list")


def deletion_of(key: str) -> str:
    """The field that `$deleteFromPrimitiveList/field` shortens; "" for another key."""
    return _field_of(key, DELETION_PREFIX, "primitive list")


def _field_of(key: str, prefix: str, what: str) -> str:
    if not key.startswith(prefix):
        return ""
    head, slash, field = key.partition("/")
    if head != prefix or not slash:
        raise PatchError(f"invalid patch format of {what}")
    return field


def retain_keys(original: Fields, patch: Fields) -> Fields:
    """A copy of the original, with nothing but the keys of $retainKeys where the patch has it."""
    if RETAIN_KEYS not in patch:
        return dict(original)
    keys = patch[RETAIN_KEYS]
    if not isinstance(keys, list):
        raise PatchError("invalid patch format of retainKeys")
    for key, value in patch.items():
        if value is not None and not key.startswith("$") and key not in keys:
            raise PatchError("invalid patch format of retainKeys")
    return {key: value for key, value in original.items() if key in keys}


def without_nulls(value: Any) -> Any:
    """A patch's value for a field that is new: what it would delete is not there."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def without_directives(value: Any) -> tuple[bool, Any]:
    """Whether a new value stays, and what of it: an object with `$patch` was about old ones."""
    if isinstance(value, dict):
        if DIRECTIVE in value:
            return False, None
        fields = ((key, sub) for key, sub in value.items() if not key.startswith("$"))
        pairs = ((key, without_directives(sub)) for key, sub in fields)
        return True, {key: sub for key, (kept, sub) in pairs if kept}
    if isinstance(value, list):
        results = (without_directives(item) for item in value)
        return True, [item for kept, item in results if kept]
    return True, value

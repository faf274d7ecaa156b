"""Checking a value by a schema: types, required fields, enums, patterns, limits.

For custom resources; the messages are those of apiextensions-apiserver. Built-in kinds are typed
by their Go structs (types/golang.py) and have rules of their own.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from gitops_lab.apiserver.types import Schema
from gitops_lab.apiserver.validation.errors import (
    OMITTED,
    FieldError,
    duplicate,
    invalid,
    not_supported,
    required,
    type_invalid,
)
from gitops_lab.apiserver.validation.formats import wrong_format

Problems = Iterator[FieldError]


def check_value(value: Any, schema: Schema, path: str) -> list[FieldError]:
    """Every problem of a whole object."""
    return list(_check(value, schema, path, whole=not path))


def _check(value: Any, schema: Schema, path: str, *, whole: bool = False) -> Problems:
    if value is None and schema.nullable:
        return
    wrong = _wrong_type(value, schema)
    if wrong:
        # As the genuine server has it, the type that was found stands in for the value.
        shown = json_type(value)
        yield type_invalid(
            path, shown, f"{path or '<nil>'} in body must be of type {wrong}: {quoted(shown)}"
        )
        return
    yield from _check_keywords(value, schema, path)
    if isinstance(value, dict):
        yield from _check_object(value, schema, path, whole=whole or schema.embedded_resource)
    elif isinstance(value, list):
        yield from _check_list(value, schema, path)


def quoted(value: Any) -> str:
    """A value in a message's tail."""
    return json.dumps(value, ensure_ascii=False)


def json_type(value: Any) -> str:
    """The OpenAPI name of a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return names[type(value)]


def _wrong_type(value: Any, schema: Schema) -> str:
    """The type that the value should have had; "" when it is right."""
    if schema.int_or_string:
        fits = isinstance(value, int | str) and not isinstance(value, bool)
        return "" if fits else "integer,string"
    found = json_type(value)
    if not schema.type or found == schema.type:
        return ""
    if schema.type == "number" and found == "integer":
        return ""
    if schema.type == "integer" and isinstance(value, float) and value.is_integer():
        return ""
    return schema.type


def _check_object(value: dict[str, Any], schema: Schema, path: str, *, whole: bool) -> Problems:
    for name in schema.required:
        if name not in value:
            yield required(join(path, name))
    for key, sub in value.items():
        below = schema.at(key)
        if below is not None and not (whole and key == "metadata"):
            yield from _check(sub, below, join(path, key))
    if schema.embedded_resource and path:
        for name in ("apiVersion", "kind"):
            if not value.get(name):
                yield required(join(path, name), "must not be empty")


def _check_list(value: list[Any], schema: Schema, path: str) -> Problems:
    if schema.items is not None:
        for index, item in enumerate(value):
            yield from _check(item, schema.items, f"{path}[{index}]")
    if schema.list_type == "set":
        yield from _repeated(value, path, [_frozen(item) for item in value])
    elif schema.list_type == "map":
        keys = [_key(item, schema) for item in value]
        yield from _repeated([_key_object(item, schema) for item in value], path, keys)


def _repeated(values: list[Any], path: str, keys: list[str]) -> Problems:
    seen: set[str] = set()
    for index, key in enumerate(keys):
        if key in seen:
            yield duplicate(f"{path}[{index}]", values[index])
        seen.add(key)


def _key_object(item: Any, schema: Schema) -> Any:
    if not isinstance(item, dict):
        return item
    found = {}
    for name in schema.list_map_keys:
        field = schema.items.fields.get(name) if schema.items else None
        if name in item:
            found[name] = item[name]
        elif field is not None and field.has_default:
            found[name] = field.default
    return found


def _key(item: Any, schema: Schema) -> str:
    return _frozen(_key_object(item, schema))


def _frozen(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def join(path: str, name: str) -> str:
    """A field's path below another's."""
    return f"{path}.{name}" if path else name


# -- keywords


def _check_keywords(value: Any, schema: Schema, path: str) -> Problems:
    words = schema.keywords
    if schema.enum and not any(_equal(value, item) for item in schema.enum):
        yield not_supported(path, value, [_bare(item) for item in schema.enum])
    if isinstance(value, str):
        yield from _check_text(value, schema, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _check_number(value, schema, path)
    elif isinstance(value, list):
        yield from _check_count(len(value), words, path, ("minItems", "maxItems"), "items")
        if words.get("uniqueItems") and len({_frozen(item) for item in value}) < len(value):
            yield invalid(path, value, f"{path} in body shouldn't contain duplicates")
    elif isinstance(value, dict):
        limits = ("minProperties", "maxProperties")
        yield from _check_count(len(value), words, path, limits, "properties")
    yield from _check_logic(value, schema, path)


def _equal(left: Any, right: Any) -> bool:
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def _bare(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _check_text(value: str, schema: Schema, path: str) -> Problems:
    words = schema.keywords
    length = len(value)
    # Of length and pattern only the first problem is told.
    if "maxLength" in words and length > words["maxLength"]:
        detail = f"may not be more than {words['maxLength']} bytes"
        yield FieldError("FieldValueTooLong", path, OMITTED, detail)
    elif "minLength" in words and length < words["minLength"]:
        detail = f"{path} in body should be at least {words['minLength']} chars long"
        yield invalid(path, value, detail)
    elif "pattern" in words and not _pattern(words["pattern"]).search(value):
        yield invalid(path, value, f"{path} in body should match '{words['pattern']}'")
    if schema.format and wrong_format(value, schema.format):
        detail = f"{path} in body must be of type {schema.format}: {quoted(value)}"
        yield type_invalid(path, value, detail)


@lru_cache(maxsize=512)
def _pattern(text: str) -> re.Pattern[str]:
    """Go's RE2 syntax as far as Python's differs: \\z, and $ that means the very end."""
    if text.endswith("$") and not text.endswith("\\$"):
        text = text[:-1] + r"\Z"
    return re.compile(text.replace(r"\z", r"\Z"))


def _check_number(value: float, schema: Schema, path: str) -> Problems:
    words = schema.keywords
    low, high = words.get("minimum"), words.get("maximum")
    if low is not None:
        strict = bool(words.get("exclusiveMinimum"))
        if value < low or (strict and value == low):
            word = "greater than" if strict else "greater than or equal to"
            yield invalid(path, value, f"{path} in body should be {word} {low}")
    if high is not None:
        strict = bool(words.get("exclusiveMaximum"))
        if value > high or (strict and value == high):
            word = "less than" if strict else "less than or equal to"
            yield invalid(path, value, f"{path} in body should be {word} {high}")
    factor = words.get("multipleOf")
    if factor and value % factor:
        yield invalid(path, value, f"{path} in body should be a multiple of {factor}")
    if schema.format in ("int32", "int64"):
        bits = int(schema.format[3:]) - 1
        if not -(1 << bits) <= value < 1 << bits:
            detail = f"{path} in body must be of type {schema.format}: {quoted(value)}"
            yield invalid(path, value, detail)


def _check_count(count: int, words: Any, path: str, limits: tuple[str, str], what: str) -> Problems:
    low, high = words.get(limits[0]), words.get(limits[1])
    if low is not None and count < low:
        yield invalid(path, count, f"{path} in body should have at least {low} {what}")
    if high is not None and count > high:
        detail = f"must have at most {high} items"
        yield FieldError("FieldValueTooMany", path, count, detail)


def _check_logic(value: Any, schema: Schema, path: str) -> Problems:
    words = schema.keywords
    if "allOf" in words:
        yield from _check_all(_tried(value, words["allOf"], path), path)
    if "anyOf" in words and not schema.int_or_string:
        tried = _tried(value, words["anyOf"], path)
        if all(tried):
            yield _logical(f'"{path}" must validate at least one schema (anyOf)')
            yield from min(tried, key=len)
    if "oneOf" in words:
        yield from _check_one(_tried(value, words["oneOf"], path), path)
    if "not" in words and not any(_tried(value, [words["not"]], path)):
        yield _logical(f'"{path}" must not validate the schema (not)')


def _check_all(tried: list[list[FieldError]], path: str) -> Problems:
    for problems in tried:
        yield from problems
    if any(tried):
        none = ". None validated" if all(tried) else ""
        yield _logical(f'"{path}" must validate all the schemas (allOf){none}')


def _check_one(tried: list[list[FieldError]], path: str) -> Problems:
    valid = sum(not problems for problems in tried)
    if valid == 1:
        return
    found = f"Found {valid} valid alternatives" if valid else "Found none valid"
    yield _logical(f'"{path}" must validate one and only one schema (oneOf). {found}')
    if not valid:
        yield from min(tried, key=len)


def _tried(value: Any, schemas: list[Any], path: str) -> list[list[FieldError]]:
    """The problems by each of several schemas."""
    return [list(_check(value, Schema(part), path)) for part in schemas]


def _logical(detail: str) -> FieldError:
    """A problem of a combination, which the genuine server tells without place and value."""
    return invalid("<nil>", "", detail)

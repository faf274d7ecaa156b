"""Bring an object of a built-in kind into the form in which Kubernetes answers.

`normal_form` does what decoding into a Go struct and encoding it again does: unknown fields and
empty optional ones go, fields that are always written come, quantities become canonical. A value
of the wrong type raises DecodeError with the message that Go's decoder has for it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from gitops_lab.apiserver.types.scalars import SCALARS, Mismatch, ScalarError, word_for
from gitops_lab.apiserver.types.structs import Struct, StructField, struct
from gitops_lab.errors import GitOpsLabError

Read = Callable[[Any], Any]
JSON_SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"


class DecodeError(GitOpsLabError):
    """A value that Go's decoder refuses; the API server answers it with a 400."""

    default_reason = "BadRequest"


def normal_form(obj: dict[str, Any], definition: str) -> dict[str, Any]:
    """The object as the struct of the definition holds it; untouched for unknown definitions."""
    if struct(definition) is None:
        return obj
    try:
        result: dict[str, Any] = reader(definition)(obj)
    except Mismatch as mismatch:
        raise DecodeError(str(mismatch)) from None
    except ScalarError as error:
        raise DecodeError(str(error)) from None
    return result


def empty_form(definition: str) -> dict[str, Any]:
    """What Go writes of a struct in which nothing is set, without apiVersion and kind."""
    return normal_form({}, definition)


@cache
def reader(type_: str) -> Read:
    """The function that reads a value of a type of the structs table."""
    if type_.startswith("[]"):
        return _list_reader(type_)
    if type_.startswith("{}"):
        return _map_reader(type_)
    if type_ in SCALARS:
        return SCALARS[type_].read
    if type_ in _SCHEMA_OR:
        return _SCHEMA_OR[type_]
    found = struct(type_)
    return _struct_reader(found) if found is not None else _anything


def _anything(value: Any) -> Any:
    return value


def _list_reader(type_: str) -> Read:
    element, read = type_[2:], reader_later(type_[2:])

    def read_list(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not list:
            raise Mismatch(word_for(value), go_name(type_))
        return [zero(element) if item is None else read(item) for item in value]

    return read_list


def _map_reader(type_: str) -> Read:
    element, read = type_[2:], reader_later(type_[2:])

    def read_map(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not dict:
            raise Mismatch(word_for(value), go_name(type_))
        return {key: _in_map(element) if v is None else read(v) for key, v in value.items()}

    def read_strings(value: Any) -> Any:
        if type(value) is dict and all(type(item) is str for item in value.values()):
            return value
        return read_map(value)

    return read_strings if element == "s" else read_map


def _in_map(type_: str) -> Any:
    """What a null in a map stands for; of bytes it is an empty text."""
    return "" if type_ == "y" else zero(type_)


def reader_later(type_: str) -> Read:
    """A reader that is made at its first use: structs contain themselves (JSONSchemaProps)."""
    if type_ in SCALARS:
        return reader(type_)
    made: list[Read] = []

    def read(value: Any) -> Any:
        if not made:
            made.append(reader(type_))
        return made[0](value)

    return read


def _struct_reader(of: Struct) -> Read:
    plans = {name: _field_reader(item) for name, item in of.fields.items()}
    written = [(item.name, item.type) for item in of.fields.values() if _always_written(item)]

    def read_struct(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Mismatch(word_for(value), of.qualified_name)
        result = {}
        for key, sub in value.items():
            plan = plans.get(key)
            if plan is None:
                continue
            try:
                read = plan(sub)
            except Mismatch as mismatch:
                raise mismatch.inside(of.short_name, key) from None
            if read is not DROP:
                result[key] = read
        for key, type_ in written:
            if key not in result:
                result[key] = None if of.fields[key].pointer else zero(type_)
        return result

    return read_struct


DROP = object()
WRITTEN_SPECIALS = ("time", "microtime", "intstr", "quantity", "duration")  # structs in Go


def _field_reader(item: StructField) -> Read:
    """Read a field's value, or say DROP where Go would not write it."""
    read, type_ = reader_later(item.type), item.type
    if item.pointer:
        unset = DROP if item.omit_empty else None
        return lambda value: unset if value is None else read(value)
    if not (item.omit_empty or item.omit_zero):
        return lambda value: zero(type_) if value is None else read(value)
    if struct(type_) is not None and not item.omit_zero:
        return lambda value: read({} if value is None else value)

    if item.name == "managedFields":  # an empty list is a request: forget the managers
        return lambda value: DROP if value is None else read(value)

    def read_optional(value: Any) -> Any:
        result = None if value is None else read(value)
        if result or _kept_when_empty(item, result):
            return result
        return DROP

    return read_optional


def _kept_when_empty(item: StructField, value: Any) -> bool:
    """Go's omitempty leaves structs with forms of their own (times, quantities) in place."""
    return item.type in WRITTEN_SPECIALS and not item.omit_zero and value is not None


def _always_written(item: StructField) -> bool:
    if item.omit_zero or item.pointer:
        return not (item.omit_empty or item.omit_zero)
    if item.omit_empty:
        return struct(item.type) is not None or item.type in WRITTEN_SPECIALS
    return True


def zero(type_: str) -> Any:
    """What Go writes for the zero value of a type."""
    if type_ in SCALARS:
        return SCALARS[type_].zero
    if type_[:2] in ("[]", "{}") or struct(type_) is None:
        return None
    return reader(type_)({})


def go_name(type_: str) -> str:
    """A type as Go's messages name it: `[]v1.Container`, `map[string]string`, `int32`."""
    if type_.startswith("[]"):
        return "[]" + go_name(type_[2:])
    if type_.startswith("{}"):
        return "map[string]" + go_name(type_[2:])
    if type_ in SCALARS:
        return SCALARS[type_].go_name
    found = struct(type_)
    return found.qualified_name if found else type_


def _schema_or_list(value: Any) -> Any:
    if isinstance(value, list):
        return [reader(JSON_SCHEMA)(item) for item in value]
    return reader(JSON_SCHEMA)(value) if isinstance(value, dict) else value


_SCHEMA_OR: dict[str, Read] = {
    "schema-or-array": _schema_or_list,
    "schema-or-bool": _schema_or_list,
    "schema-or-strings": _anything,
}

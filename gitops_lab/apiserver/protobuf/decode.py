"""From a protobuf body to the object that the same body in JSON would be.

The structs table (types/structs.py) names every field's tag. Messages are Go structs written by
gogo/protobuf: every plain field is written, also an empty one, and only pointers tell "not set"
from zero; types.golang drops what JSON would not have.
"""

from functools import lru_cache
from typing import Any

from gitops_lab.apiserver.protobuf.scalars import READERS
from gitops_lab.apiserver.protobuf.wire import (
    BYTES,
    VARINT,
    ProtobufError,
    Value,
    chunk,
    integer,
    read_fields,
    read_varint,
    text,
)
from gitops_lab.apiserver.types.golang import JSON_SCHEMA, DecodeError, normal_form
from gitops_lab.apiserver.types.structs import Struct, StructField, struct

MAGIC = b"k8s\x00"
DEEPEST = 100
Object = dict[str, Any]


def decode(body: bytes) -> Object:
    """The object in a `k8s\\0` envelope. Raises ProtobufError."""
    if not body.startswith(MAGIC):
        raise ProtobufError("provided data does not appear to be a protobuf message")
    envelope = {number: value for number, _, value in read_fields(body[len(MAGIC) :])}
    if envelope.get(3):
        raise ProtobufError(f"content encoding {text(envelope[3])!r} is not supported")
    type_meta = {number: text(v) for number, _, v in read_fields(chunk(envelope.get(1, b"")))}
    api_version, kind = type_meta.get(1, ""), type_meta.get(2, "")
    definition = definition_of(api_version, kind)
    if definition is None:
        raise ProtobufError(f'no kind "{kind}" is registered for version "{api_version}"')
    obj = _message(chunk(envelope.get(2, b"")), _known(definition), 0)
    try:
        normal = normal_form(obj, definition)
    except DecodeError as error:
        raise ProtobufError(error.message) from None
    return {"apiVersion": api_version, "kind": kind, **normal}


@lru_cache(maxsize=512)
def definition_of(api_version: str, kind: str) -> str | None:
    """The struct of a kind: its own group's, or one of meta/v1 that every group has."""
    group, _, version = api_version.rpartition("/")
    folder = group.partition(".")[0] or "core"
    candidates = (
        f"io.k8s.api.{folder}.{version}.{kind}",
        f"io.k8s.apimachinery.pkg.apis.meta.v1.{kind}",
        f"io.k8s.apiextensions-apiserver.pkg.apis.{folder}.{version}.{kind}",
        f"io.k8s.kube-aggregator.pkg.apis.{folder}.{version}.{kind}",
    )
    return next((name for name in candidates if kind and struct(name) is not None), None)


def _known(name: str) -> Struct:
    """The struct; one that the table lacks has no fields (`status: {}` of a CRD's version)."""
    return struct(name) or Struct(name, ())


@lru_cache(maxsize=1024)
def _by_tag(name: str) -> dict[int, StructField]:
    return {item.tag: item for item in _known(name).own if item.tag}


def _message(data: bytes, of: Struct, depth: int) -> Object:
    if depth > DEEPEST:
        raise ProtobufError("exceeded max depth")
    fields = _by_tag(of.name)
    result: Object = {}
    for number, wire, value in read_fields(data):
        item = fields.get(number)
        if item is not None:
            _put(result, item, wire, value, depth)
    return result


def _put(result: Object, item: StructField, wire: int, value: Value, depth: int) -> None:
    if not item.name:
        result.update(_message(chunk(value), _known(item.type), depth + 1))
    elif item.is_list:
        found = result.setdefault(item.name, [])
        if wire == BYTES and item.element in ("i", "l", "b"):
            found.extend(_unpacked(chunk(value), item.element))
        else:
            found.append(_value(item.element, value, depth))
    elif item.is_map:
        key, entry = _map_entry(item.element, chunk(value), depth)
        result.setdefault(item.name, {})[key] = entry
    else:
        result[item.name] = _value(item.type, value, depth)


def _unpacked(data: bytes, type_: str) -> list[Any]:
    found, place = [], 0
    while place < len(data):
        number, place = read_varint(data, place)
        found.append(READERS[type_](number))
    return found


def _map_entry(type_: str, data: bytes, depth: int) -> tuple[str, Any]:
    parts = {number: value for number, _, value in read_fields(data)}
    empty: Value = 0 if type_ in ("i", "l", "b") else b""
    return text(parts.get(1, b"")), _value(type_, parts.get(2, empty), depth)


def _value(type_: str, value: Value, depth: int) -> Any:
    read = READERS.get(type_)
    if read is not None:
        return read(value)
    if type_.startswith("schema-or-"):
        return _schema_or(type_, chunk(value), depth)
    if type_.startswith("[]"):
        return [_value(type_[2:], value, depth)]
    return _message(chunk(value), _known(type_), depth + 1)


def _schema_or(type_: str, data: bytes, depth: int) -> Any:
    """A JSON schema, or in its place a list of them, a bool, or a list of names."""
    schema: Any = None
    others: list[Any] = []
    for number, wire, value in read_fields(data):
        if type_ == "schema-or-bool" and number == 1 and wire == VARINT:
            others.append(bool(integer(value)))
        elif type_ == "schema-or-strings" and number == 2:
            others.append(text(value))
        elif type_ == "schema-or-array" and number == 2:
            others.append(_message(chunk(value), _known(JSON_SCHEMA), depth + 1))
        else:
            schema = _message(chunk(value), _known(JSON_SCHEMA), depth + 1)
    if schema is not None:
        return schema
    if type_ == "schema-or-bool":
        return others[0] if others else False
    return others

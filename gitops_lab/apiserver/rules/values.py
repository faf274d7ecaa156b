"""From stored values to what an expression sees: typed by the schema, declared fields alone."""

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from gitops_lab.apiserver.types import Schema

RESERVED = frozenset(
    re.findall(
        r"\w+",
        """true false null in as break const continue else for function if import let loop package
        namespace return var void while""",
    )
)
_WRITABLE = re.compile(r"[A-Za-z_./-][A-Za-z0-9_./-]*")
_ESCAPES = (("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__"))
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_METADATA = ("name", "generateName")


def escaped(name: str) -> str:
    """A property's name as expressions write it; "" when they can't."""
    if name in RESERVED:
        return f"__{name}__"
    if not _WRITABLE.fullmatch(name):
        return ""
    for plain, written in _ESCAPES:
        name = name.replace(plain, written)
    return name


def value_of(value: Any, schema: Schema, *, whole: bool = False) -> Any:
    """What `self` stands for at a node. `whole`: the root of an object."""
    if isinstance(value, dict):
        return _mapping(value, schema, whole=whole or schema.embedded_resource)
    if isinstance(value, list):
        items = schema.items
        return [value_of(each, items) for each in value] if items is not None else list(value)
    if schema.type == "number" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and schema.format and schema.type == "string":
        return _formatted(value, schema.format)
    return value


def _mapping(value: dict[str, Any], schema: Schema, *, whole: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if schema.values is not None:
        return {key: value_of(each, schema.values) for key, each in value.items()}
    for key, below in schema.fields.items():
        name = escaped(key)
        if key in value and name and not (whole and key == "metadata"):
            found[name] = value_of(value[key], below)
    if whole:
        found |= {key: value[key] for key in ("apiVersion", "kind") if key in value}
        metadata = value.get("metadata") or {}
        found["metadata"] = {key: metadata[key] for key in _METADATA if key in metadata}
    return found


def _formatted(text: str, form: str) -> Any:
    """The value of a string with a format; the string itself where it does not read so."""
    try:
        if form == "byte":
            return base64.b64decode(text, validate=True)
        if form in ("date", "date-time"):
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        return text
    return duration(text) if form == "duration" else text


def duration(text: str) -> Any:
    """A length of time as Go writes it (1h30m)."""
    parts = _DURATION.findall(text)
    if not parts or "".join(f"{number}{unit}" for number, unit in parts) != text.lstrip("-"):
        return text
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return timedelta(seconds=-seconds if text.startswith("-") else seconds)


def size_of(value: Any) -> tuple[int, int]:
    """(how many values there are in all, the length of the longest list or map)."""
    if isinstance(value, dict):
        children: list[Any] = list(value.values())
    elif isinstance(value, list):
        children = value
    else:
        return 1, 1
    total, longest = 1, len(children)
    for child in children:
        below, length = size_of(child)
        total, longest = total + below, max(longest, length)
    return total, longest

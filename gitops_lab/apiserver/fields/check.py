"""Whether an applied configuration fits the schema; sentences are structured-merge-diff's."""

from collections.abc import Iterator
from typing import Any

import orjson

from gitops_lab.apiserver.fields.atoms import Atom, ElementError, element_key, json_text


def type_errors(value: Any, atom: Atom) -> list[str]:
    """What is wrong with a configuration: `.spec.replicas: expected numeric …`."""
    return [f"{path}: {why}" if path else why for path, why in _errors(value, atom, "")]


def _errors(value: Any, atom: Atom, path: str) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if isinstance(value, dict) and atom.is_map:
        yield from _map_errors(value, atom, path)
    elif isinstance(value, list) and atom.is_list:
        yield from _list_errors(value, atom, path)
    elif not (_is_scalar(value) and _fits(value, atom.scalar_type)):
        yield path, _expectation(value, atom)


def _map_errors(value: dict[str, Any], atom: Atom, path: str) -> Iterator[tuple[str, str]]:
    for name, sub in value.items():
        own = atom.at(name)
        here = f"{path}.{name}"
        if own is None:
            yield here, "field not declared in schema"
        elif not (type(sub) is str and own.scalar_type in ("string", "untyped")):
            yield from _errors(sub, own, here)


def _list_errors(value: list[Any], atom: Atom, path: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for index, item in enumerate(value):
        here = f"{path}[{index}]"
        if atom.associative:
            try:
                key = element_key(item, atom)
            except ElementError as error:
                yield path, f"element {index}: {error}"
                return
            here = path + element_text(key)
            if key in seen:
                yield path, f"duplicate entries for key {element_text(key)}"
            seen.add(key)
        yield from _errors(item, atom.items, here)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _fits(value: Any, scalar_type: str) -> bool:
    if scalar_type == "string":
        return isinstance(value, str)
    if scalar_type == "boolean":
        return isinstance(value, bool)
    if scalar_type == "numeric":
        return not isinstance(value, bool | str)
    return scalar_type == "untyped"


def _expectation(value: Any, atom: Atom) -> str:
    if atom.is_map and atom.scalar_type != "untyped":
        return f"expected map, got &{{{_go_plain(value)}}}"
    if atom.scalar_type == "numeric":
        names = {str: "string", bool: "bool", dict: "map[string]interface {}"}
        return f"expected numeric (int or float), got {names.get(type(value), '[]interface {}')}"
    if atom.scalar_type == "string":
        return f"expected string, got &value.valueUnstructured{{Value:{_go_text(value)}}}"
    if atom.scalar_type == "boolean":
        return f"expected boolean, got &{{{_go_plain(value)}}}"
    if atom.scalar_type == "untyped":
        return f"expected any scalar, got &{{{_go_plain(value)}}}"
    return f"expected list, got &{{{_go_plain(value)}}}"


def _go_plain(value: Any) -> str:
    """A value as Go prints it: `[a b]`, `map[a:1]`."""
    if isinstance(value, dict):
        inner = " ".join(f"{key}:{_go_plain(value[key])}" for key in sorted(value))
        return f"map[{inner}]"
    if isinstance(value, list):
        return f"[{' '.join(map(_go_plain, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return "<nil>" if value is None else str(value)


def _go_text(value: Any) -> str:
    """A value as Go shows it with its types: `map[string]interface {}{"a":1}`."""
    if isinstance(value, dict):
        inner = ", ".join(f"{json_text(key)}:{_go_text(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(map(_go_text, value))}}}"
    return "interface {}(nil)" if value is None else json_text(value)


def path_text(path: tuple[str, ...]) -> str:
    """A path as messages have it: `.spec.containers[name="a"].image`."""
    return "".join(element_text(key) for key in path)


def element_text(key: str) -> str:
    """One path element as messages have it."""
    kind, rest = key[:1], key[2:]
    if kind == "f":
        return f".{rest}"
    if kind == "k":
        return f"[{_key_text(rest)}]"
    return f"[={rest}]" if kind == "v" else f"[{rest}]"


def _key_text(rest: str) -> str:
    fields = orjson.loads(rest)
    return ",".join(f"{name}={json_text(value)}" for name, value in fields.items())

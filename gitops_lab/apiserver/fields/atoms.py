"""A schema as structured-merge-diff sees it: what is merged by field, by key, or not at all.

The facts are those of k8s.io/kube-openapi's schemaconv and structured-merge-diff: an atom may
allow a scalar, a list and a map at once (values without a type), objects without declared fields
are maps of anything, lists are atomic unless they say otherwise.
"""

import json
from functools import cached_property
from typing import Any, Final
from weakref import WeakKeyDictionary

from gitops_lab.apiserver.types import ANYTHING, Schema


class Atom:
    """How one node is merged. Made once per schema node, children on demand."""

    def __init__(self, schema: Schema, *, deduced: bool = False, preserve: bool = False) -> None:
        self._schema = schema
        self._preserve = preserve or schema.preserve_unknown
        self.deduced: Final = deduced
        untyped_leaf = schema.name.endswith(".RawExtension")
        scalar = schema.quantity or schema.int_or_string
        self.scalar_type: Final = self._scalar_type(scalar)
        self.is_map: Final = not scalar and schema.type in ("object", "")
        self.is_list: Final = not scalar and schema.type in ("array", "")
        self.atomic_map: Final = untyped_leaf or schema.map_type == "atomic"
        self.associative: Final = self.is_list and not deduced and _is_associative(schema)
        self.keys: Final[tuple[str, ...]] = _map_keys(schema) if self.associative else ()

    def _scalar_type(self, untyped: bool) -> str:
        schema = self._schema
        if untyped or schema.type == "":
            return "untyped"
        if schema.type == "string":
            return "string" if schema.format in ("", "byte") else "untyped"
        return {"integer": "numeric", "number": "numeric", "boolean": "boolean"}.get(
            schema.type, ""
        )

    @cached_property
    def fields(self) -> dict[str, "Atom"]:
        """The declared fields."""
        if self.deduced:
            return {}
        return {
            name: Atom(sub, preserve=self._preserve) for name, sub in self._schema.fields.items()
        }

    @cached_property
    def element(self) -> "Atom | None":
        """The values of a map beyond its declared fields; None when there may be none."""
        schema = self._schema
        if self.deduced or (schema.values is None and (schema.open or self._preserve)):
            return DEDUCED
        if schema.values is None:
            return None
        return Atom(schema.values, preserve=self._preserve)

    @cached_property
    def items(self) -> "Atom":
        """The elements of a list."""
        if self._schema.items is None:
            return DEDUCED
        return Atom(self._schema.items, preserve=self._preserve)

    @cached_property
    def key_defaults(self) -> dict[str, Any]:
        """What a missing key of an element means."""
        fields = self._schema.items.fields if self._schema.items is not None else {}
        return {
            key: fields[key].default
            for key in self.keys
            if key in fields and fields[key].has_default
        }

    def at(self, name: str) -> "Atom | None":
        """How the value of a map's key is merged; None when it may not be there."""
        found = self.fields.get(name)
        return self.element if found is None else found


def _is_associative(schema: Schema) -> bool:
    if schema.list_type:
        return schema.list_type in ("set", "map")
    return schema.patch_strategy in ("merge", "merge,retainKeys")


def _map_keys(schema: Schema) -> tuple[str, ...]:
    if schema.list_type:
        return tuple(sorted(schema.list_map_keys)) if schema.list_type == "map" else ()
    return (schema.patch_merge_key,) if schema.patch_merge_key else ()


DEDUCED = Atom(ANYTHING, deduced=True)
_ATOMS: "WeakKeyDictionary[Schema, Atom]" = WeakKeyDictionary()


def atom_of(schema: Schema) -> Atom:
    """The atom of a resource's schema."""
    found = _ATOMS.get(schema)
    if found is None:
        found = _ATOMS[schema] = Atom(schema)
    return found


class ElementError(ValueError):
    """An element of an associative list that can't be told from others."""


def element_key(item: Any, atom: Atom) -> str:
    """The path element of a list's item: by its keys, or by its value in a set.

    Raises ElementError.
    """
    if not atom.keys:
        return _set_key(item)
    if not isinstance(item, dict):
        what = "a null element" if item is None else "non-map elements"
        raise ElementError(f"associative list with keys may not have {what}")
    found = []
    for name in atom.keys:
        if name in item:
            found.append(f'"{name}":{json_text(item[name])}')
        elif name in atom.key_defaults:
            found.append(f'"{name}":{json_text(atom.key_defaults[name])}')
    if not found:
        named = "[" + " ".join(f'"{name}"' for name in atom.keys) + "]"
        raise ElementError(
            f"associative list with keys has an element that omits all key fields {named} "
            "(and doesn't have default values for any key fields)"
        )
    return "k:{" + ",".join(found) + "}"


def _set_key(item: Any) -> str:
    if item is None:
        raise ElementError("associative list without keys has an element that's an explicit null")
    if isinstance(item, dict):
        raise ElementError("associative list without keys has an element that's a map type")
    if isinstance(item, list):
        raise ElementError("not supported: associative list with lists as elements")
    return f"v:{json_text(item)}"


UNSAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def json_text(value: Any) -> str:
    """A scalar as Go's encoder writes it."""
    if type(value) is int:
        return str(value)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.translate(UNSAFE)

"""Which fields of an engine's resources are served: a table, and a check that it is complete.

The table of an engine is `fields.yaml` in its folder: kind, then field, then `supported`, or a
mapping of it, `approximated` (how) or `not` (why, what instead) to a note. `[]` stands for
the items of a list, `{}` for the values of a mapping; `spec.x.*` is everything below `spec.x`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from gitops_lab.kube.objects import Object
from gitops_lab.kube.yamls import load

SUPPORTED, APPROXIMATED, NOT = "supported", "approximated", "not"


@dataclass(frozen=True)
class Row:
    """A field, whether it is served, and what there is to say of it."""

    field: str
    state: str
    note: str = ""


def table(engine: str) -> dict[str, list[Row]]:
    """The rows of an engine's resources, by kind, as they are written."""
    package = f"gitops_lab.dialects.{engine}"
    text = resources.files(package).joinpath("fields.yaml").read_text()
    kinds: Mapping[str, Mapping[str, Any]] = load(text, file="fields.yaml")
    return {
        kind: [_row(field, value) for field, value in rows.items()] for kind, rows in kinds.items()
    }


def schema_fields(definition: Object) -> list[str]:
    """The fields of a definition's newest version that have no fields below them."""
    version = definition["spec"]["versions"][-1]
    schema = version["schema"]["openAPIV3Schema"]
    found = []
    for part in ("spec", "operation", "status"):
        if part in schema.get("properties", {}):
            found += list(_leaves(schema["properties"][part], part))
    return found


def missing(fields: Iterable[str], rows: Iterable[Row]) -> list[str]:
    """The fields for which there is no row."""
    known = {row.field for row in rows}
    wide = tuple(field.removesuffix("*") for field in known if field.endswith(".*"))
    return [
        field
        for field in fields
        if field not in known and not f"{field}.".startswith(wide or ("\0",))
    ]


def _row(field: str, value: Any) -> Row:
    if value == SUPPORTED:
        return Row(field, SUPPORTED)
    if not isinstance(value, Mapping) or len(value) != 1:
        raise ValueError(f"{field}: {value!r} is neither supported nor a mapping with one key")
    state, note = next(iter(value.items()))
    if state not in (SUPPORTED, APPROXIMATED, NOT):
        raise ValueError(f"{field}: {state!r} is no state")
    return Row(field, str(state), str(note))


def _leaves(schema: Mapping[str, Any], path: str) -> Iterable[str]:
    if schema.get("properties"):
        for name, below in schema["properties"].items():
            yield from _leaves(below, f"{path}.{name}")
    elif isinstance(schema.get("items"), Mapping) and schema["items"].get("properties"):
        yield from _leaves(schema["items"], f"{path}[]")
    else:
        yield path

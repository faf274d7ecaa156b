"""Printers of custom resources, out of additionalPrinterColumns."""

import json
from collections.abc import Iterable
from typing import Any

from gitops_lab.apiserver.tables.columns import NAME, Cells, Column, Object, Printer, name_of
from gitops_lab.apiserver.tables.durations import parse_time, since
from gitops_lab.apiserver.tables.jsonpath import find

DEFAULT_COLUMNS: tuple[Object, ...] = (
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
)


def custom_printer(definitions: Iterable[Object]) -> Printer:
    """Name, then a column for each definition (name, type, jsonPath, format, priority)."""
    them = tuple(definitions) or DEFAULT_COLUMNS

    def cells(obj: Object) -> Cells:
        return [name_of(obj), *(_cell(each, obj) for each in them)]

    return Printer((NAME, *(_column(each) for each in them)), cells)


def _column(definition: Object) -> Column:
    return Column(
        definition["name"],
        definition["type"],
        int(definition.get("priority") or 0),
        definition.get("format", ""),
        definition.get("description") or f"{definition['name']}: {definition['jsonPath']}",
    )


def _cell(definition: Object, obj: Object) -> Any:
    found = find(definition["jsonPath"], obj)
    if not found or found[0] is None:
        return None
    return _as_type(definition["type"], found[0])


def _as_type(kind: str, value: Any) -> Any:
    """The value as the column's type; None where it is of another."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case "string":
            return value if isinstance(value, str) else _text(value)
        case "integer":
            return int(value) if is_number else None
        case "number":
            return float(value) if is_number else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "date":
            return _date(value)
    return None


def _text(value: Any) -> str:
    """Numbers and booleans as they are, maps and lists as JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def _date(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return since(value) if parse_time(value) else "<invalid>"

"""Columns of a Table and the small pieces that many printers share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.apiserver.tables.durations import since

Object = dict[str, Any]
Cells = list[Any]
NONE = "<none>"
UNSET = "<unset>"


@dataclass(frozen=True)
class Column:
    """One column. Priority 0 is always shown, 1 with `-o wide`."""

    name: str
    type: str = "string"
    priority: int = 0
    format: str = ""
    description: str = ""

    def definition(self) -> dict[str, Any]:
        """As it stands in a Table's columnDefinitions."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.description or f"{self.name} of the object",
            "priority": self.priority,
        }


@dataclass(frozen=True)
class Printer:
    """How a kind is printed: its columns, and the cells of one object in the same order."""

    columns: tuple[Column, ...]
    cells: Callable[[Object], Cells]
    conditions: Callable[[Object], list[Object]] = lambda _: []


NAME = Column("Name", format="name", description="Name, unique among its kind in a namespace")
AGE = Column("Age", description="Time since the object was created")
CONTAINERS = (Column("Containers", priority=1), Column("Images", priority=1))
SELECTOR = Column("Selector", priority=1)


def number(name: str) -> Column:
    """A column of whole numbers."""
    return Column(name, "integer")


def wide(name: str) -> Column:
    """A column of text that only `-o wide` shows."""
    return Column(name, priority=1)


def columns(*them: Column | str) -> tuple[Column, ...]:
    """Columns; a bare text is the name of an ordinary one."""
    return tuple(Column(each) if isinstance(each, str) else each for each in them)


def name_of(obj: Object) -> str:
    """metadata.name."""
    return str(obj.get("metadata", {}).get("name", ""))


def age_of(obj: Object) -> str:
    """Time since creation."""
    return since(obj.get("metadata", {}).get("creationTimestamp"))


def part(obj: Object, *path: str) -> Object:
    """The map at a path; an empty one where there is none."""
    for step in path:
        obj = obj.get(step) or {}
    return obj


def containers(spec: Object) -> Cells:
    """Names and images of a pod spec's containers, each joined by commas."""
    them = spec.get("containers") or []
    return [
        ",".join(str(each.get("name", "")) for each in them),
        ",".join(str(each.get("image", "")) for each in them),
    ]


def labels_text(labels: Mapping[str, str] | None) -> str:
    """`a=b,c=d`, sorted; <none> when there are none."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


def selector_text(selector: Object | None, empty: str = NONE) -> str:
    """A LabelSelector as `-l` takes it."""
    selector = selector or {}
    found = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    found += [_requirement(each) for each in selector.get("matchExpressions") or []]
    return ",".join(sorted(found, key=lambda text: text.lstrip("!"))) or empty


def _requirement(expression: Object) -> str:
    key, values = expression["key"], ",".join(sorted(expression.get("values") or []))
    texts: dict[str, str] = {
        "In": f"{key} in ({values})",
        "NotIn": f"{key} notin ({values})",
        "Exists": key,
        "DoesNotExist": f"!{key}",
    }
    return texts.get(expression.get("operator", ""), "<error>")


def shortened(texts: Iterable[str], limit: int, empty: str, separator: str = ",") -> str:
    """The first few of a list: `a,b,c + 4 more...`."""
    them = list(texts)
    shown = separator.join(them[:limit])
    if len(them) > limit:
        return f"{shown} + {len(them) - limit} more..."
    return shown or empty


def condition_is(obj: Object, kind: str, status: str = "True") -> bool:
    """Whether a status condition has a value."""
    for each in part(obj, "status").get("conditions") or []:
        if each.get("type") == kind:
            return bool(each.get("status") == status)
    return False

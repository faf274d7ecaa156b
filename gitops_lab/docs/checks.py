"""The reference of the ready-made checks, from their own classes."""

import dataclasses
import inspect
from dataclasses import is_dataclass

from gitops_lab import checks


def page() -> str:
    """Each check with what it looks at and what it takes."""
    parts = [
        "# Checks",
        "A lab's checks are plain pytest. These ready-made ones wait until what they look for is "
        "so, or time is up, and then say what was seen, what was expected, which link of the "
        "chain is broken and what to do next. Import them from `gitops_lab.checks`.",
    ]
    return "\n\n".join(parts + [_section(name) for name in _names()]) + "\n"


def _names() -> list[str]:
    named = ((name, getattr(checks, name)) for name in checks.__all__)
    return [name for name, check in named if hasattr(check, "look") and is_dataclass(check)]


def _section(name: str) -> str:
    check = getattr(checks, name)
    rows = "\n".join(_row(field) for field in dataclasses.fields(check))
    about = inspect.getdoc(check) or ""
    return f"## {name}\n\n{about}\n\n| takes | type | default |\n|---|---|---|\n{rows}"


def _row(field: "dataclasses.Field[object]") -> str:
    kind = field.type if isinstance(field.type, str) else getattr(field.type, "__name__", "")
    shown = str(kind or field.type).replace("|", "\\|")
    if field.default is not dataclasses.MISSING:
        default = f"`{field.default!r}`"
    else:
        default = "empty" if field.default_factory is not dataclasses.MISSING else "required"
    return f"| `{field.name}` | `{shown}` | {default} |"

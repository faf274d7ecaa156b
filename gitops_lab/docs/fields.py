"""The reference pages of other engines' fields, from the tables in their dialects."""

from collections.abc import Sequence

from gitops_lab.dialects.fields import APPROXIMATED, NOT, SUPPORTED, Row, table

_WORDS = {SUPPORTED: "yes", APPROXIMATED: "nearly", NOT: "no"}


def page(title: str, about: str, engine: str) -> str:
    """A section for each kind: how much of it is served, then every field."""
    sections = [_section(kind, rows) for kind, rows in table(engine).items()]
    return "\n\n".join([f"# {title}", about.strip(), *sections]) + "\n"


def _section(kind: str, rows: Sequence[Row]) -> str:
    counts = [sum(row.state == state for row in rows) for state in (SUPPORTED, APPROXIMATED, NOT)]
    told = f"{counts[0]} served, {counts[1]} nearly, {counts[2]} not."
    lines = "\n".join(_line(row) for row in rows)
    return f"## {kind}\n\n{told}\n\n| field | served | |\n|---|---|---|\n{lines}"


def _line(row: Row) -> str:
    note = row.note.replace("|", "\\|").replace("\n", " ").strip()
    return f"| `{row.field}` | {_WORDS[row.state]} | {note} |"

"""What is printed and how: colour and width of the terminal, plain lines into a pipe."""

import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from gitops_lab.cli import plain
from gitops_lab.cli.language import said

if TYPE_CHECKING:
    from rich.console import Console

    from gitops_lab.workspace import StepReport

_COMMAND = "gitops-lab"


def command() -> str:
    """How the user calls us: `gitops-lab`, or `scripts/lab` in a checkout."""
    typed = os.environ.get("GITOPS_LAB_COMMAND", _COMMAND)
    return shlex.quote(typed)


def in_shell() -> bool:
    """Whether this is a shell that `gitops-lab shell` opened, or a command in one."""
    return "GITOPS_LAB_WORKSPACE" in os.environ


def as_typed(text: str) -> str:
    """The commands in a text, as they are typed here."""
    return text.replace(f"`{_COMMAND} ", f"`{command()} ")


_NAMES = ("NAME", "APP", "OBJECT")
_ROOM = 30
"""Columns that a text needs at the end of a table's row; with fewer it stands below the table."""


class Terminal:
    """Prints for people, or gathers one JSON document for machines."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json

    @cached_property
    def console(self) -> "Console":
        """With --json everything but the document goes to standard error."""
        from rich.console import Console

        colours: Literal["auto"] | None = None if self.plain else "auto"
        return Console(stderr=self.json, highlight=False, soft_wrap=True, color_system=colours)

    @property
    def plain(self) -> bool:
        """Whether to print for a screen reader."""
        return plain.chosen()

    def say(self, text: str = "", style: str = "") -> None:
        """A line or a paragraph."""
        self.console.print(self.told(text), style=style or None, markup=False)

    def told(self, text: str) -> str:
        """A text as it is printed: in the user's language, with the commands as typed here."""
        told = as_typed(said(text))
        return plain.spelled(told) if self.plain else told

    def title(self, text: str) -> None:
        """A line that begins something."""
        self.say(text, "bold")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Rows under headings, no lines drawn. Texts are wrapped; a word is never cut short."""
        from rich.table import Table
        from rich.text import Text

        if self.plain:
            for line in plain.lines(columns, rows):
                self.say(line)
            return
        table = Table(box=None, pad_edge=False, header_style="dim")
        cells = [[str(cell) for cell in row] for row in rows]
        below = self._too_narrow(columns, cells)
        if below:
            columns, cells = columns[:-1], [row[:-1] for row in cells]
        for number, column in enumerate(columns):
            words = not any(" " in row[number] for row in cells)
            table.add_column(column, no_wrap=words, overflow="fold")
        for texts in cells:
            table.add_row(*(Text(cell, style=style_of(cell)) for cell in texts))
        self.console.print(table, soft_wrap=False)
        for name, text in below:
            self.say(f"  {name}: {text}", "dim")

    def _too_narrow(
        self, columns: Sequence[str], cells: Sequence[Sequence[str]]
    ) -> list[tuple[str, str]]:
        """The texts of the last column, each with its row's name, where it has too little room."""
        named = next((at for at, column in enumerate(columns) if column in _NAMES), 0)
        texts = [(row[named], row[-1]) for row in cells if row[-1]]
        if not any(" " in text for _, text in texts):
            return []
        others = [max(map(len, column)) for column in list(zip(columns, *cells, strict=True))[:-1]]
        room = self.console.width - sum(others) - 2 * len(others)
        longest = max(len(text) for _, text in texts)
        return texts if room < min(longest, _ROOM) else []

    def step(self, report: "StepReport") -> None:
        """A step of something long: a line when it is done, and on a terminal when it begins."""
        if report.done:
            self.say(f"  ✓ {report.title}  {report.seconds:.1f} s".rstrip(), "green")
        elif sys.stderr.isatty() and self.console.is_terminal and not self.plain:
            self.console.print(f"  … {report.title}", end="\r", markup=False)

    def waiting(self, told: str) -> None:
        """What is being waited for."""
        self.say(f"  … {told}", "dim")

    def document(self, document: Any) -> None:
        """The JSON document, on the last line of standard output; nothing without --json."""
        if self.json:
            import json

            print(json.dumps(document, default=str), flush=True)


_STYLES = {
    "Synced": "green",
    "Healthy": "green",
    "running": "green",
    "passed": "green",
    "OutOfSync": "yellow",
    "Progressing": "yellow",
    "Degraded": "red",
    "Missing": "red",
    "stopped": "dim",
    "Unknown": "dim",
}


def style_of(word: str) -> str:
    """The colour of a status; the word itself always stands there too."""
    return _STYLES.get(word, "")

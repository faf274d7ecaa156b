"""Plain mode, for screen readers and for Braille: `--plain`, or GITOPS_LAB_PLAIN=1.

No colour, no drawing, nothing that is written over; a mark is a word, a table is a line for each
row that names its columns, and Markdown stays as it is written.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence

OPTION = "--plain"
_VARIABLE = "GITOPS_LAB_PLAIN"
_MARKS = {"✓": "passed:", "✗": "failed:", "→": "now:", "…": "waiting:"}
_MARK = re.compile(r"^(\s*)([✓✗→…]) ", re.MULTILINE)


def take(words: list[str]) -> None:
    """Take `--plain` out of a command line, wherever it stands before a `--`."""
    end = words.index("--") if "--" in words else len(words)
    if OPTION in words[:end]:
        words.remove(OPTION)
        os.environ[_VARIABLE] = "1"


def chosen() -> bool:
    """Whether this command speaks plainly."""
    return os.environ.get(_VARIABLE, "") not in ("", "0")


def spelled(text: str) -> str:
    """A text whose lines begin with words where they began with marks."""
    return _MARK.sub(lambda mark: f"{mark[1]}{_MARKS[mark[2]]} ", text)


def lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Each row of a table as a sentence; empty cells are left out."""
    for row in rows:
        cells = zip(columns, (str(cell).strip() for cell in row), strict=True)
        told = (f"{column.lower()} {cell}".strip() for column, cell in cells if cell)
        yield ", ".join(told) + "."

"""The published table of the labs' mutation scores: read, and written again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent.parent / "site" / "reference" / "mutations.md"
WANTED = 95.0
_ROW = re.compile(r"\| ([-\w]+) \| (\d+) \| (\d+) \| (\d+) \| (.*) \|")
_BESIDE = "; "

_HEAD = """\
# How strong the labs' checks are

<!-- Written by `scripts/mutations`; changes by hand are lost. -->

A check that is green for the solution may be green for other states, too. So each step's solved
state is broken on purpose, in up to ten ways made from its solution, as
[Write a lab](../teach/write-a-lab.md#what-proof-means) tells; every one of them should turn the
step red. What can't be made, since a command of the solution refuses it, does not count. The
seconds are those of the whole run, on two cores that had other work, too. `scripts/mutations` does
it again.

"""
_COLUMNS = """
| lab | broken states | red | seconds | what stays green |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """One lab: how many broken states were tried, how many turned red, and which did not."""

    lab: str
    tried: int
    red: int
    seconds: float
    green: tuple[str, ...] = ()

    @classmethod
    def of(cls, proof: Mapping[str, Any]) -> "Row":
        """From a lab's entry in what `author prove --json` prints."""
        found = proof["mutation"]
        green = tuple(found["green"])
        return cls(proof["name"], found["tried"], found["red"], proof["seconds"], green)

    @property
    def score(self) -> float:
        """Per cent that turned red; 100 where nothing could be broken."""
        return 100 * self.red / self.tried if self.tried else 100.0

    def __str__(self) -> str:
        green = _BESIDE.join(name.replace("|", "\\|") for name in self.green) or "nothing"
        return f"| {self.lab} | {self.tried} | {self.red} | {self.seconds:.0f} | {green} |"


def total(rows: Sequence[Row]) -> Row:
    """All labs together."""
    return Row(
        "all",
        sum(row.tried for row in rows),
        sum(row.red for row in rows),
        sum(row.seconds for row in rows),
    )


def read(page: Path) -> list[Row]:
    """The rows of the page; none where there is no page yet."""
    lines = page.read_text().splitlines() if page.exists() else []
    return [_row(match) for line in lines if (match := _ROW.fullmatch(line))]


def write(page: Path, rows: Sequence[Row]) -> None:
    """The page with these rows, in their order."""
    every = total(rows)
    told = f"{every.red} of {every.tried} broken states turn red: {every.score:.1f} %.\n"
    page.write_text(_HEAD + told + _COLUMNS + "".join(f"{row}\n" for row in rows))


def _row(match: re.Match[str]) -> Row:
    lab, tried, red, seconds, green = match.groups()
    names = () if green == "nothing" else tuple(green.replace("\\|", "|").split(_BESIDE))
    return Row(lab, int(tried), int(red), float(seconds), names)

"""The published matrix of the labs' proofs, with their mutation scores: read, and written again."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent.parent / "site" / "reference" / "mutations.md"
WANTED = 95.0
MUTANT = "mutant"
KINDS = ("solution", "also-right", "wrong", "readme", "reset", "again", "backwards")
"""What is told of a proof, a column each; `start` is one a step."""
_CELLS = len(KINDS) + 6
_OF = re.compile(r"(\d+)/(\d+)")
_BESIDE = "; "
_NONE = "–"

_HEAD = """\
# How the labs are proven

<!-- Written by `scripts/mutations`; changes by hand are lost. -->

Each lab of the course is proven on the embedded cluster, as [Write a
lab](../teach/write-a-lab.md#what-proof-means) tells: every step red untouched, green after the
solution and after each other right answer, red after each wrong one with the hint that is meant,
red again after each reset, and green by the commands of its own text; all once more with other
parameters. A cell says how many of them were judged as they should be.

A check that is green for the solution may be green for other states, too. So each step's solved
state is broken on purpose, in ten ways made from its solution where there are ten; every one of
them should turn the step red. What can't be made, since a command of the solution refuses it, does
not count.

The seconds were taken on two cores that had other work, too: of the proof, and of the broken
states. `scripts/mutations` does all of it again.

"""
_COLUMNS = ("lab", "steps", *KINDS, "proof, s", "broken", "red", "broken, s")


@dataclass(frozen=True)
class Row:
    """One lab: what its proof tried and how it was judged, and what became of its broken states.

    `judged` has (as they should, all) for each of KINDS.
    """

    lab: str
    steps: int = 0
    judged: tuple[tuple[int, int], ...] = ((0, 0),) * len(KINDS)
    seconds: int = 0
    tried: int = 0
    red: int = 0
    broken_seconds: int = 0
    green: tuple[str, ...] = ()

    def told(self, proof: Mapping[str, Any]) -> "Row":
        """With what a lab's entry of `author prove --json` says; it may be of a part alone."""
        parts = [part for step in proof["steps"] for part in step["parts"]]
        kinds = {part["what"] for part in parts}
        broken = sum(part["seconds"] for part in parts if part["what"] == MUTANT)
        row = self
        if "start" in kinds:
            rest = proof["seconds"] - broken
            row = replace(row, judged=_judged(parts), seconds=round(rest))
        if MUTANT in kinds:
            found = proof["mutation"]
            took = broken if "start" in kinds else proof["seconds"]
            counts = {"tried": found["tried"], "red": found["red"]}
            row = replace(row, **counts, broken_seconds=round(took), green=tuple(found["green"]))
        return replace(row, steps=len(proof["steps"]))

    @property
    def score(self) -> float:
        """Per cent that turned red; 100 where nothing could be broken."""
        return 100 * self.red / self.tried if self.tried else 100.0

    @property
    def proven(self) -> bool:
        """Whether everything that was tried was judged as it should be."""
        return self.judged[0][1] > 0 and all(good == tried for good, tried in self.judged)

    def __str__(self) -> str:
        cells = [f"{good}/{tried}" if tried else _NONE for good, tried in self.judged]
        numbers = [self.seconds, self.tried, self.red, self.broken_seconds]
        return f"| {' | '.join([self.lab, str(self.steps), *cells, *map(str, numbers)])} |"


def _judged(parts: Iterable[Mapping[str, Any]]) -> tuple[tuple[int, int], ...]:
    found = dict.fromkeys(KINDS, (0, 0))
    for part in parts:
        if part["what"] in found:
            good, tried = found[part["what"]]
            found[part["what"]] = (good + bool(part["passed"]), tried + 1)
    return tuple(found.values())


def total(rows: Sequence[Row]) -> Row:
    """All labs together."""
    columns = zip(*(row.judged for row in rows), strict=True)
    judged = tuple((sum(g for g, _ in each), sum(t for _, t in each)) for each in columns)
    sums = (sum(getattr(row, name) for row in rows) for name in ("tried", "red"))
    tried, red = sums
    seconds = sum(row.seconds for row in rows)
    broken = sum(row.broken_seconds for row in rows)
    return Row("all", sum(row.steps for row in rows), judged, seconds, tried, red, broken)


def read(page: Path) -> list[Row]:
    """The rows of the page; none where there is no page yet."""
    lines = page.read_text().splitlines() if page.exists() else []
    green = left(lines)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rows = [_row(each) for each in cells if len(each) == _CELLS and each[1].isdigit()]
    return [replace(row, green=green.get(row.lab, ())) for row in rows if row.lab != "all"]


def left(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The broken states that a page's list of `kept` names, for each lab."""
    green: dict[str, tuple[str, ...]] = {}
    for line in lines:
        if match := re.fullmatch(r"- ([-\w]+), (.+)", line):
            green[match[1]] = (*green.get(match[1], ()), match[2])
    return green


def kept(green: Mapping[str, Iterable[str]]) -> str:
    """A page's end: the broken states that stay green, for each lab; "" where there are none."""
    names = "".join(f"- {lab}, {name}\n" for lab, names in green.items() for name in names)
    return f"\n## What stays green\n\n{names}" if names else ""


def _row(cells: Sequence[str]) -> Row:
    end = 2 + len(KINDS)
    found = [_OF.fullmatch(cell) for cell in cells[2:end]]
    judged = tuple((int(match[1]), int(match[2])) if match else (0, 0) for match in found)
    seconds, tried, red, broken = map(int, cells[end:])
    return Row(cells[0], int(cells[1]), judged, seconds, tried, red, broken)


def write(page: Path, rows: Sequence[Row]) -> None:
    """The page with these rows, in their order."""
    every = total(rows)
    proven = sum(row.proven for row in rows)
    told = (
        f"{proven} of {len(rows)} labs are proven whole, in {every.seconds / 60:.0f} minutes. "
        f"{every.red} of {every.tried} broken states turn red: {every.score:.1f} %.\n"
    )
    rule = "|".join(["---", *("--:" for _ in _COLUMNS[1:])])
    head = f"\n| {' | '.join(_COLUMNS)} |\n|{rule}|\n"
    rest = kept({row.lab: row.green for row in rows})
    page.write_text(_HEAD + told + head + "".join(f"{row}\n" for row in [*rows, every]) + rest)

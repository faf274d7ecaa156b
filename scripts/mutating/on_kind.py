"""The published matrix of the labs' proofs on genuine clusters: read, and written again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scripts.mutating.page import MUTANT, kept, left

PAGE = Path(__file__).resolve().parent.parent.parent / "site" / "reference" / "proofs-on-kind.md"
WHOLE, QUICK = "whole", "quick"
_AGAIN = "again after reset"
"""What only a whole proof tries, in each step."""

_HEAD = """\
# The labs on genuine clusters

<!-- Written by `scripts/mutations --on-kind`; changes by hand are lost. -->

A lab that is proven on the embedded cluster (see [How the labs are proven](mutations.md)) has to
be proven on Kubernetes itself, too: `gitops-lab author prove LAB --provider kind`. The same answers
are given there, and have to get the same verdicts. A whole proof tries all that the other page
counts; a quick one (`--quick`) tries the first answer of each sort, once. The solved states are
broken there as on that page, and every broken state should turn its step red.

The seconds, of the proof and of the broken states, were taken on two cores that had other work,
too. Making and removing the clusters is in those of the proof, two of each for most labs.

"""
_COLUMNS = (
    *("lab", "proof", "steps", "as they should be", "proof, s"),
    *("broken", "red", "broken, s", "Kubernetes", "day"),
)
_RULE = ("---", "---", *("--:" for _ in _COLUMNS[2:-2]), "---", "---")


@dataclass(frozen=True)
class Row:
    """One lab: how much of its proof was judged as it should be, when and where.

    `broken` states were tried, of which `red` turned red; `green` names the others.
    """

    lab: str
    proof: str
    steps: int
    good: int
    tried: int
    seconds: int
    kubernetes: str
    day: str
    broken: int = 0
    red: int = 0
    broken_seconds: int = 0
    green: tuple[str, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether everything was judged as it should be; broken states tell of the checks alone."""
        return 0 < self.tried == self.good

    def __str__(self) -> str:
        cells = (self.lab, self.proof, self.steps, f"{self.good}/{self.tried}", self.seconds)
        broken = (self.broken, self.red, self.broken_seconds)
        return f"| {' | '.join(map(str, (*cells, *broken, self.kubernetes, self.day)))} |"


def told(proof: Mapping[str, Any], kubernetes: str, day: str) -> Row:
    """The row that a lab's entry of `author prove --json` makes."""
    every = [part for step in proof["steps"] for part in step["parts"]]
    parts = [part for part in every if part["what"] != MUTANT]
    whole = any(part["name"] == _AGAIN for part in parts)
    good = sum(bool(part["passed"]) for part in parts)
    # What kept it from ending, or was left behind, is no part: it counts as one that is wrong.
    tried = len(parts) + (not proof["proven"] and good == len(parts))
    how = WHOLE if whole else QUICK
    took = sum(part["seconds"] for part in every if part["what"] == MUTANT)
    seconds = round(proof["seconds"] - took)
    row = Row(proof["name"], how, len(proof["steps"]), good, tried, seconds, kubernetes, day)
    found = proof["mutation"]
    counts = {"broken": found["tried"], "red": found["red"], "green": tuple(found["green"])}
    return replace(row, **counts, broken_seconds=round(took))


def better(old: Row | None, new: Row) -> Row:
    """The newer of two, but a quick proof does not replace a whole one; the newer broken states."""
    if not old:
        return new
    broken = new if new.broken else old
    keeps = old.proven and old.proof == WHOLE and new.proven and new.proof == QUICK
    return replace(
        old if keeps else new,
        broken=broken.broken,
        red=broken.red,
        broken_seconds=broken.broken_seconds,
        green=broken.green,
    )


def read(page: Path) -> list[Row]:
    """The rows of the page; none where there is no page yet."""
    lines = page.read_text().splitlines() if page.exists() else []
    green = left(lines)
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rows = [_row(each) for each in cells if len(each) == len(_COLUMNS) and each[2].isdigit()]
    return [replace(row, green=green.get(row.lab, ())) for row in rows]


def _row(cells: Sequence[str]) -> Row:
    lab, proof, steps, judged, seconds, broken, red, took, kubernetes, day = cells
    good, _, tried = judged.partition("/")
    numbers = (int(steps), int(good), int(tried), int(seconds))
    return Row(lab, proof, *numbers, kubernetes, day, int(broken), int(red), int(took))


def write(page: Path, rows: Sequence[Row]) -> None:
    """The page with these rows, in their order."""
    whole = sum(row.proven and row.proof == WHOLE for row in rows)
    quick = sum(row.proven and row.proof == QUICK for row in rows)
    seconds = sum(row.seconds for row in rows)
    said = f"{whole} of {len(rows)} labs are proven whole"
    said += f", {quick} quickly" if quick else ""
    said += f", in {seconds / 60:.0f} minutes."
    broken, red = sum(row.broken for row in rows), sum(row.red for row in rows)
    if broken:
        took = sum(row.broken_seconds for row in rows)
        said += f" {red} of {broken} broken states turn red, {score(rows):.1f} %,"
        said += f" in {took / 60:.0f} minutes."
    head = f"\n| {' | '.join(_COLUMNS)} |\n|{'|'.join(_RULE)}|\n"
    table = "".join(f"{row}\n" for row in rows)
    page.write_text(f"{_HEAD}{said}\n{head}{table}{kept({row.lab: row.green for row in rows})}")


def score(rows: Sequence[Row]) -> float:
    """Per cent of the broken states that turned red; 100 where nothing was broken."""
    broken = sum(row.broken for row in rows)
    return 100 * sum(row.red for row in rows) / broken if broken else 100.0

"""The published matrix of the labs' proofs on genuine clusters: read, and written again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
counts; a quick one (`--quick`) tries the first answer of each sort, once.

The seconds were taken on two cores that had other work, too. Making and removing the clusters is
in them, two of each for most labs.

"""
_COLUMNS = ("lab", "proof", "steps", "as they should be", "seconds", "Kubernetes", "day")
_RULE = ("---", "---", "--:", "--:", "--:", "---", "---")


@dataclass(frozen=True)
class Row:
    """One lab's proof: how much of what was tried was judged as it should be, when and where."""

    lab: str
    proof: str
    steps: int
    good: int
    tried: int
    seconds: int
    kubernetes: str
    day: str

    @property
    def proven(self) -> bool:
        """Whether everything was judged as it should be."""
        return 0 < self.tried == self.good

    def __str__(self) -> str:
        judged = f"{self.good}/{self.tried}"
        cells = (self.lab, self.proof, self.steps, judged, self.seconds, self.kubernetes, self.day)
        return f"| {' | '.join(map(str, cells))} |"


def told(proof: Mapping[str, Any], kubernetes: str, day: str) -> Row:
    """The row that a lab's entry of `author prove --json` makes."""
    parts = [part for step in proof["steps"] for part in step["parts"]]
    whole = any(part["name"] == _AGAIN for part in parts)
    good = sum(bool(part["passed"]) for part in parts)
    # What kept it from ending, or was left behind, is no part: it counts as one that is wrong.
    tried = len(parts) + (not proof["proven"] and good == len(parts))
    how = WHOLE if whole else QUICK
    seconds = round(proof["seconds"])
    return Row(proof["name"], how, len(proof["steps"]), good, tried, seconds, kubernetes, day)


def better(old: Row | None, new: Row) -> Row:
    """The newer of two, but a quick proof does not replace a whole one."""
    return old if old and old.proven and old.proof == WHOLE and new.proof == QUICK else new


def read(page: Path) -> list[Row]:
    """The rows of the page; none where there is no page yet."""
    lines = page.read_text().splitlines() if page.exists() else []
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [_row(each) for each in cells if len(each) == len(_COLUMNS) and each[2].isdigit()]


def _row(cells: Sequence[str]) -> Row:
    lab, proof, steps, judged, seconds, kubernetes, day = cells
    good, _, tried = judged.partition("/")
    return Row(lab, proof, int(steps), int(good), int(tried), int(seconds), kubernetes, day)


def write(page: Path, rows: Sequence[Row]) -> None:
    """The page with these rows, in their order."""
    whole = sum(row.proven and row.proof == WHOLE for row in rows)
    quick = sum(row.proven and row.proof == QUICK for row in rows)
    seconds = sum(row.seconds for row in rows)
    said = f"{whole} of {len(rows)} labs are proven whole"
    said += f", {quick} quickly" if quick else ""
    head = f"\n| {' | '.join(_COLUMNS)} |\n|{'|'.join(_RULE)}|\n"
    table = "".join(f"{row}\n" for row in rows)
    page.write_text(f"{_HEAD}{said}, in {seconds / 60:.0f} minutes.\n{head}{table}")

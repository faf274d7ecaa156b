"""Everything that is wrong with a lab, at once, each with its place and its fix."""

from collections.abc import Iterable
from dataclasses import dataclass

from gitops_lab.errors import Place, UsageError


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where (file in the lab's folder, line from 1), what, and the fix."""

    file: str
    line: int
    what: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.what} {self.fix}".rstrip()


class InvalidLab(UsageError):
    """A lab that can't be used. `problems` has all of them, in the order of the files."""

    default_reason = "InvalidLab"

    def __init__(self, lab: str, problems: Iterable[Problem]) -> None:
        self.lab = lab
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        first = self.problems[0]
        super().__init__(
            f"The lab {lab} has {count} problem{'s' if count > 1 else ''}:\n"
            + "\n".join(f"  {problem}" for problem in self.problems),
            hint="Nothing was started.",
            place=Place(first.file, first.line) if count == 1 else None,
        )

    def paragraph(self) -> str:
        """The list with its places; no place in front, since each line has its own."""
        return f"{self.message}\n{self.hint}"

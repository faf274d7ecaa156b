"""The differences that we know of and keep, each with its reason (known.yaml)."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "known.yaml"


@dataclass(frozen=True)
class Known:
    """One entry: shell patterns of script, step and path, and why it stays."""

    script: str
    step: str
    path: str
    why: str

    def covers(self, script: str, step: str, line: str) -> bool:
        """Whether a difference (a line of normal.differences) is this one."""
        path = line.partition(": ")[0]
        return (
            fnmatchcase(script, self.script)
            and fnmatchcase(step, self.step)
            and fnmatchcase(path.replace("[", "(").replace("]", ")"), self._pattern)
        )

    @property
    def _pattern(self) -> str:
        """Brackets of a path are no character class."""
        return self.path.replace("[", "(").replace("]", ")")


def load() -> list[Known]:
    """All of them. A missing reason is a mistake."""
    rows = yaml.safe_load(FILE.read_text())["known"]
    return [
        Known(row.get("script", "*"), row.get("step", "*"), row["path"], row["why"]) for row in rows
    ]

"""What a check of the machine says. Data; what is repaired is told by the repair itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from gitops_lab.workspace.doctor.system import System

DEFAULT_PROVIDER = "embedded"
EVERY = ("embedded", "kind", "existing")
"""The providers; a finding names those that it matters to."""
ONLY_KIND = ("kind",)


class Level(StrEnum):
    """How bad it is: `fail` keeps the named providers from working."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


Repair = Callable[[], str]
"""Repairs what was found and says what it did. Raises OSError."""


@dataclass(frozen=True)
class Finding:
    """One check: what was seen, and what to do on this operating system.

    `fix` is empty where nothing needs doing; `repair` is there when `--fix` may do it.
    """

    name: str
    level: Level
    seen: str
    fix: str = ""
    providers: tuple[str, ...] = EVERY
    repair: Repair | None = field(default=None, compare=False)

    @property
    def fixable(self) -> bool:
        """Whether `--fix` can do it."""
        return self.repair is not None

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "name": self.name,
            "level": self.level.value,
            "seen": self.seen,
            "fix": self.fix,
            "fixable": self.fixable,
            "providers": list(self.providers),
        }


@dataclass(frozen=True)
class Machine:
    """What the checks look at: the operating system, our home folder, the environment."""

    system: System
    home: Path
    environment: Mapping[str, str]

    @property
    def path(self) -> str:
        """Where programs are looked for."""
        return self.environment.get("PATH", "")


Check = Callable[[Machine], Finding]


def ok(name: str, seen: str, providers: tuple[str, ...] = EVERY) -> Finding:
    """All is well."""
    return Finding(name, Level.OK, seen, providers=providers)

"""Checks made of checks."""

from dataclasses import dataclass
from typing import Protocol

from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World


class _Check(Protocol):
    def look(self, world: World) -> Sight: ...


@dataclass(frozen=True, init=False)
class Either:
    """One of some checks is green. When none is, the first tells what is missing."""

    checks: tuple[_Check, ...]

    def __init__(self, *checks: _Check) -> None:
        object.__setattr__(self, "checks", checks)

    def look(self, world: World) -> Sight:
        """The first green sight, or the first one with what each expects."""
        sights = [check.look(world) for check in self.checks]
        green = next((sight for sight in sights if sight.passed), None)
        expected = ", or ".join(sight.expected for sight in sights)
        return green or sights[0].but(expected=expected)


@dataclass(frozen=True, init=False)
class Both:
    """All of some checks are green at the same time. The first red one is told."""

    checks: tuple[_Check, ...]

    def __init__(self, *checks: _Check) -> None:
        object.__setattr__(self, "checks", checks)

    def look(self, world: World) -> Sight:
        """The first red sight, or the last green one."""
        sights = [check.look(world) for check in self.checks]
        return next((sight for sight in sights if not sight.passed), sights[-1])


@dataclass(frozen=True)
class Told:
    """A check with the author's own words for what was expected, the link, or what to do next."""

    check: _Check
    expected: str = ""
    link: str = ""
    next: str = ""

    def look(self, world: World) -> Sight:
        """The check's sight, with these words where they are given."""
        sight = self.check.look(world)
        words = {"expected": self.expected, "link": self.link, "next": self.next}
        if sight.passed:
            words = {"expected": self.expected}
        return sight.but(**{key: value for key, value in words.items() if value})

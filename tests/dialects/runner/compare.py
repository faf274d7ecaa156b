"""Ours against the recording of the genuine controllers: what differs, and what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from tests.dialects.runner.case import ROOT, Case
from tests.dialects.runner.moments import lasting_events, lasting_objects
from tests.dialects.runner.play import Goal, Recording
from tests.dialects.runner.record import Outcome
from tests.oracle.normal import differences

KNOWN_FILE = ROOT / "known.yaml"


@dataclass(frozen=True)
class Known:
    """A difference that stays: shell patterns of case (`flux/*`), step and path, and why."""

    case: str
    step: str
    path: str
    why: str

    def covers(self, case: str, step: str, line: str) -> bool:
        """Whether a line of `differences` is this one."""
        path = _plain(line.partition(": ")[0])
        return (
            fnmatchcase(case, self.case)
            and fnmatchcase(_plain(step), _plain(self.step))
            and fnmatchcase(path, _plain(self.path))
        )


@dataclass
class Comparison:
    """One case: lines that nobody knows of, and those that known.yaml lists."""

    outcome: Outcome
    unknown: list[str] = field(default_factory=list)
    known: dict[str, list[str]] = field(default_factory=dict)
    """Reason -> lines."""

    before: list[str] = field(default_factory=list)
    """Lines of a first try, beside other cases, after which it was played once more."""

    @property
    def name(self) -> str:
        return f"{self.outcome.case.engine}/{self.outcome.case.name}"

    @property
    def verdict(self) -> str:
        """`equal`, `listed` or `different`."""
        if self.unknown:
            return "different"
        return "listed" if self.known else "equal"


def load_known(file: Path = KNOWN_FILE) -> list[Known]:
    """All of them. A missing reason is a mistake."""
    rows = (yaml.safe_load(file.read_text()) or {}).get("known") or []
    return [
        Known(row.get("case", "*"), row.get("step", "*"), row.get("path", "*"), row["why"])
        for row in rows
    ]


def compare(outcome: Outcome, expected: Sequence[Recording], known: Sequence[Known]) -> Comparison:
    """What differs in each step; a step that was not reached differs in the path `until`."""
    found = Comparison(outcome)
    for number, wanted in enumerate(expected):
        step = str(wanted["name"])
        if number < len(outcome.steps):
            lines = _lines(wanted, outcome.steps[number])
        else:
            lines = [f"until: genuine reached | ours: {outcome.problem or 'not played'}"]
        _sort(found, step, lines, known)
        if number >= len(outcome.steps):
            break
    return found


def goal(case: Case, expected: Sequence[Recording], known: Sequence[Known]) -> Goal:
    """What a case comes to: what is expected, but for what is known."""

    def accepts(wanted: Recording, seen: Recording) -> bool:
        found = Comparison(Outcome(case))
        _sort(found, str(wanted["name"]), _lines(wanted, seen), known)
        return not found.unknown

    return Goal(expected, accepts)


def _lines(wanted: Recording, seen: Recording) -> list[str]:
    genuine, ours = (
        {
            "objects": lasting_objects(one["objects"]),
            "events": lasting_events(one["events"], one["objects"]),
        }
        for one in (wanted, seen)
    )
    lines = differences(genuine, ours)
    return [line.replace(" | embedded ", " | ours ") for line in lines]


def _sort(found: Comparison, step: str, lines: Sequence[str], known: Sequence[Known]) -> None:
    for line in lines:
        covering = next((each for each in known if each.covers(found.name, step, line)), None)
        if covering is None:
            found.unknown.append(f"{step}: {line}")
        else:
            found.known.setdefault(covering.why, []).append(f"{step}: {line}")


def _plain(text: str) -> str:
    """Brackets of a path are no character class."""
    return text.replace("[", "(").replace("]", ")")

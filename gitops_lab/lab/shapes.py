"""Shapes of values: small pieces that say what a lab file may hold, and read it.

Each shape reads a value at a path and reports every problem it meets instead of raising, so that
an author sees all of them at once. What can't be read becomes the shape's empty value.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from gitops_lab.lab.lines import Lines, Path
from gitops_lab.lab.problems import Problem


@dataclass
class Report:
    """Collects the problems of one file."""

    file: str
    lines: Lines
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: Path, what: str, fix: str) -> None:
        """Note a problem at a path of the file."""
        self.problems.append(Problem(self.file, self.lines.at(path), what, fix))


class Shape(Protocol):
    """What a value may look like."""

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """The value in its normal form."""


def name_of(path: Path) -> str:
    """A path as an author would say it: `steps[0].hints[1].say`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the file"


@dataclass(frozen=True)
class Text:
    """A text that isn't empty; of a pattern or one of some words where those are given."""

    pattern: str = ""
    told: str = ""
    words: tuple[str, ...] = ()
    empty: bool = False

    def read(self, value: Any, path: Path, report: Report) -> str:
        """The text as it stands."""
        if not isinstance(value, str):
            report.add(
                path, f"`{name_of(path)}` has to be a text, not {_kind(value)}.", "Quote it."
            )
            return ""
        if not value.strip() and not self.empty:
            report.add(path, f"`{name_of(path)}` is empty.", "Write it.")
        elif self.words and value not in self.words:
            report.add(
                path,
                f"`{name_of(path)}` is `{value}`.",
                f"Use one of {', '.join(self.words)}{meant(value, self.words)}",
            )
        elif self.pattern and not re.fullmatch(self.pattern, value):
            report.add(path, f"`{name_of(path)}` is `{value}`.", f"It has to be {self.told}.")
        return value


@dataclass(frozen=True)
class Number:
    """A whole number within bounds."""

    low: int
    high: int

    def read(self, value: Any, path: Path, report: Report) -> int:
        """The number."""
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and self.low <= value <= self.high
        ):
            return value
        told = value if isinstance(value, int | str) else _kind(value)
        fix = f"Use a whole number from {self.low} to {self.high}."
        report.add(path, f"`{name_of(path)}` is {told}.", fix)
        return self.low


@dataclass(frozen=True)
class Switch:
    """true or false."""

    def read(self, value: Any, path: Path, report: Report) -> bool:
        """The switch."""
        if not isinstance(value, bool):
            report.add(path, f"`{name_of(path)}` is {_kind(value)}.", "Use true or false.")
        return bool(value)


@dataclass(frozen=True)
class Anything:
    """Whatever YAML can say."""

    def read(self, value: Any, path: Path, report: Report) -> Any:
        """The value as it stands."""
        return value


@dataclass(frozen=True)
class ListOf:
    """A list of one shape."""

    shape: Shape
    least: int = 0

    def read(self, value: Any, path: Path, report: Report) -> list[Any]:
        """The list, each entry read."""
        if not isinstance(value, list):
            fix = "Start each entry with a dash on a line of its own."
            report.add(path, f"`{name_of(path)}` has to be a list, not {_kind(value)}.", fix)
            return []
        if len(value) < self.least:
            report.add(path, f"`{name_of(path)}` is too short.", f"Give {self.least} or more.")
        return [self.shape.read(entry, (*path, index), report) for index, entry in enumerate(value)]


@dataclass(frozen=True)
class MapOf:
    """A mapping of free keys to one shape."""

    shape: Shape

    def read(self, value: Any, path: Path, report: Report) -> dict[str, Any]:
        """The mapping, each value read."""
        if not isinstance(value, dict):
            fix = "Write `key: value` lines."
            report.add(path, f"`{name_of(path)}` has to be a mapping, not {_kind(value)}.", fix)
            return {}
        return {
            str(key): self.shape.read(entry, (*path, str(key)), report)
            for key, entry in value.items()
        }


@dataclass(frozen=True)
class Record:
    """A mapping with known keys; `needs` names those that can't be left out."""

    fields: Mapping[str, Shape]
    needs: tuple[str, ...] = ()

    def read(self, value: Any, path: Path, report: Report) -> dict[str, Any]:
        """The fields that are there, each read; unknown keys are problems."""
        if not isinstance(value, dict):
            fix = f"It takes the keys {', '.join(self.fields)}."
            report.add(path, f"`{name_of(path)}` has to be a mapping, not {_kind(value)}.", fix)
            return {}
        for key in value:
            if key not in self.fields:
                fix = f"It takes {', '.join(self.fields)}{meant(str(key), tuple(self.fields))}"
                report.add((*path, str(key)), f"unknown key `{key}` in {_inside(path)}.", fix)
        for key in self.needs:
            if key not in value:
                report.add(path, f"`{key}` is missing in {_inside(path)}.", f"Add `{key}: …`.")
        return {
            key: shape.read(value[key], (*path, key), report)
            for key, shape in self.fields.items()
            if key in value
        }


@dataclass(frozen=True)
class OneOf:
    """A mapping that has exactly one of some keys, each with a shape of its own."""

    choices: Mapping[str, Shape]

    def read(self, value: Any, path: Path, report: Report) -> dict[str, Any]:
        """A mapping with the one key, read."""
        read = Record(self.choices).read(value, path, report)
        if isinstance(value, dict) and not (set(value) - set(self.choices)) and len(value) != 1:
            fix = f"Give one of {', '.join(self.choices)} in an entry of its own."
            report.add(path, f"`{name_of(path)}` has {len(value)} keys.", fix)
        return read


def meant(word: str, known: tuple[str, ...]) -> str:
    """The end of a sentence: `; did you mean X?` when something known is close, else a dot."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else "."


def _inside(path: Path) -> str:
    return f"`{name_of(path)}`" if path else "the lab"


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false"}
    if value is None:
        return "nothing"
    return names.get(type(value), f"a {type(value).__name__}")

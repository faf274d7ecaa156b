"""What the inspections of a lab share: the lab, its file with line numbers, and the problems."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.errors import GitOpsLabError
from gitops_lab.lab import template
from gitops_lab.lab.lines import Path
from gitops_lab.lab.model import Lab
from gitops_lab.lab.problems import Problem
from gitops_lab.lab.readme import Readme
from gitops_lab.lab.shapes import Report


@dataclass(frozen=True)
class Inspection:
    """One look at one lab. `raw` is lab.yaml in its shape; paths point into it."""

    lab: Lab
    raw: Mapping[str, Any]
    readme: Readme
    report: Report
    seeds: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def add(self, path: Path, what: str, fix: str) -> None:
        """A problem at a path of lab.yaml."""
        self.report.add(path, what, fix)

    def elsewhere(self, file: str, line: int, what: str, fix: str) -> None:
        """A problem in another file of the lab."""
        self.report.problems.append(Problem(file, line, what, fix))

    def error(self, path: Path, error: GitOpsLabError) -> None:
        """A problem that an error tells: at its own place if it has one, else at the path."""
        place = error.place
        if place.file and (self.lab.folder / place.file).exists():
            self.elsewhere(place.file, place.line, error.message, error.hint)
        else:
            where = f"{place}: " if str(place) else ""
            self.add(path, f"{where}{error.message}", error.hint)

    def renders(self, text: str, path: Path) -> str:
        """A text with the example parameters; "" and a problem when it doesn't render."""
        try:
            return template.render(text, self.lab.example_parameters)
        except template.TemplateError as error:
            self.error(path, error)
            return ""

    def known(self, name: str, names: Iterable[str], what: str, path: Path) -> None:
        """A problem unless a name is one of those that the lab declares."""
        names = tuple(names)
        if name and name not in names:
            fix = f"There is: {', '.join(names)}." if names else "None is declared."
            self.add(path, f"there is no {what} called `{name}`.", fix)

    def once(self, named: Iterable[tuple[str, Path]], what: str) -> None:
        """A problem for each name that is given twice."""
        pairs = list(named)
        counts = Counter(name for name, _ in pairs)
        for name, path in pairs:
            if name and counts[name] > 1:
                self.add(path, f"{what} `{name}` is there {counts[name]} times.", "Rename one.")

    def entries(self, *keys: str | int) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        """Each mapping of a list in lab.yaml, with its path."""
        value: Any = self.raw
        for key in keys:
            value = value[key] if isinstance(key, int) else value.get(key, [])
        for index, entry in enumerate(value):
            yield (*keys, index), entry

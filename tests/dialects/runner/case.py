"""A case: what somebody does, step by step, and what is looked at after each step (case.yaml)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from gitops_lab.kube.yamls import dump, load_all
from tests.dialects.runner.kinds import Ref

ROOT = Path(__file__).resolve().parents[1]
SLOW = ROOT / "slow.txt"
SLOW_SECONDS = 15
ENGINES = ("argocd", "flux")
VERBS = frozenset(
    [
        "push",
        "branch",
        "tag",
        "image",
        "artifact",
        "chart",
        "call",
        "apply",
        "patch",
        "status",
        "delete",
        "reconcile",
        "refresh",
        "until",
        "stays",
    ]
)
KEYS = frozenset({"about", "taught-wrong", "version", "repos", "settings", "look", "steps"})

Settings = Mapping[str, Mapping[str, str]]
"""The data of the engine's own ConfigMaps, by name."""


@dataclass(frozen=True)
class Setup:
    """What an engine is set up with; "" is the version that most cases are recorded with."""

    settings: Settings = field(default_factory=dict)
    version: str = ""


Step = Mapping[str, Any]
Files = Mapping[str, "str | None"]


class CaseError(Exception):
    """A case that can't be played: which file, and what is wrong."""


@dataclass(frozen=True)
class Case:
    """One folder of tests/dialects/ENGINE. The namespace and the first repository have its name."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def engine(self) -> str:
        return self.folder.parent.name

    @property
    def expected_file(self) -> Path:
        """What the genuine controllers did, as recorded."""
        return self.folder / "expected.yaml"

    @cached_property
    def content(self) -> dict[str, Any]:
        """case.yaml. Raises CaseError."""
        (document,) = load_all((self.folder / "case.yaml").read_text(), file=str(self.folder))
        content: dict[str, Any] = document.obj
        unknown = set(content) - KEYS
        if unknown or not {"about", "look", "steps"} <= set(content):
            raise CaseError(f"{self.folder}/case.yaml: wrong or missing keys, see {sorted(KEYS)}")
        for number, step in enumerate(content["steps"], 1):
            wrong = set(step) - VERBS - {"name"}
            if wrong or "name" not in step:
                raise CaseError(f"{self.folder}/case.yaml: step {number}: {wrong or 'no name'}")
        return content

    @property
    def about(self) -> str:
        return " ".join(str(self.content["about"]).split())

    @property
    def taught_wrong(self) -> str:
        """Which of the ten sentences that others teach wrong it is the test of; "" for none."""
        return str(self.content.get("taught-wrong", ""))

    @property
    def setup(self) -> Setup:
        """What the engine is set up with."""
        return Setup(dict(self.content.get("settings", {})), str(self.content.get("version", "")))

    @property
    def steps(self) -> list[Step]:
        return list(self.content["steps"])

    @property
    def look(self) -> dict[str, tuple[Ref, list[str]]]:
        """What is recorded: name -> (object, the fields of it; [] for the usual ones)."""
        found = {}
        for each in self.content["look"]:
            text, fields = next(iter(each.items())) if isinstance(each, dict) else (each, [])
            found[text] = (self.ref(text), list(fields))
        return found

    @property
    def repos(self) -> dict[str, Files]:
        """Repository -> the files of its first commit."""
        listed = self.content.get("repos", {})
        return {self.repo(key): files_of(files) for key, files in listed.items()}

    def repo(self, key: str) -> str:
        """A repository's name: `main` is the case's own, others have it before theirs."""
        return self.name if key == "main" else f"{self.name}-{key}"

    def ref(self, text: str) -> Ref:
        """`Kind/name` or `Kind/namespace/name`."""
        return Ref.parse(text, namespace=self.name)


def files_of(files: Mapping[str, Any]) -> Files:
    """Texts of files; a mapping or list of them stands for YAML documents. None deletes."""
    return {path: _text(content) for path, content in files.items()}


def _text(content: Any) -> str | None:
    if content is None or isinstance(content, str):
        return content
    if isinstance(content, list):
        return "---\n".join(dump(each) for each in content)
    return dump(content)


def by_setup(cases: Iterable[Case]) -> list[tuple[Setup, list[Case]]]:
    """The cases that can be played on one engine, by what it is set up with."""
    groups: list[tuple[Setup, list[Case]]] = []
    for case in cases:
        found = next((group for setup, group in groups if setup == case.setup), None)
        if found is None:
            groups.append((case.setup, [case]))
        else:
            found.append(case)
    return groups


def slowest_first(cases: Sequence[Case]) -> list[Case]:
    """Those that wait for long by the engines' own clocks begin first: none is waited for alone."""
    slow = {name: place for place, name in enumerate(slow_names())}
    return sorted(cases, key=lambda case: slow.get(case.name, len(slow)))


def slow_names() -> list[str]:
    """The cases that are known to take long, the slowest first."""
    lines = SLOW.read_text().splitlines() if SLOW.exists() else []
    return [line for line in lines if line and not line.startswith("#")]


def write_slow(seconds: Mapping[str, float]) -> None:
    """Keep which of them took long, the slowest first."""
    names = sorted(seconds, key=lambda name: -seconds[name])
    slow = [f"{name}\n" for name in names if seconds[name] >= SLOW_SECONDS]
    head = "# Cases that take long, mostly waiting, the longest first. By `scripts/dialects`.\n"
    SLOW.write_text(head + "".join(slow))


def load(engine: str = "", name: str = "") -> list[Case]:
    """The cases, those of one engine or of one name, in order."""
    found = [
        Case(file.parent)
        for each in ENGINES
        if not engine or each == engine
        for file in sorted((ROOT / each).glob("*/case.yaml"))
    ]
    return [case for case in found if not name or case.name == name]

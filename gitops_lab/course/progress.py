"""What this learner has done: `$GITOPS_LAB_HOME/progress.json`, written here and nowhere else."""

import contextlib
import fcntl
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gitops_lab.checks import Baseline
from gitops_lab.errors import GitOpsLabError, Place
from gitops_lab.workspace.files import write_atomically

VERSION = 1
FILE = "progress.json"


@dataclass(frozen=True)
class StepProgress:
    """What was done in one step. Times are seconds since 1970; 0 is never.

    `hints` are the ids of those that were given, `baseline` how things stood when it began,
    `prediction` what the learner thought would happen.
    """

    passed_at: float = 0.0
    checks: int = 0
    hints: tuple[str, ...] = ()
    solved: bool = False
    began_at: float = 0.0
    baseline: Baseline = field(default_factory=Baseline)
    prediction: str = ""

    @property
    def passed(self) -> bool:
        """Whether its checks were green once."""
        return self.passed_at > 0


@dataclass(frozen=True)
class LabProgress:
    """What was done in one lab, by step id; `quiz` has each answered question's result.

    `measured` are its numbers (`gitops_lab.course.measure`), once it is finished.
    """

    steps: Mapping[str, StepProgress] = field(default_factory=dict)
    started_at: float = 0.0
    finished_at: float = 0.0
    quiz: Mapping[str, bool] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)

    def step(self, step_id: str) -> StepProgress:
        """The step's progress, empty when it hasn't begun."""
        return self.steps.get(step_id, StepProgress())

    def with_step(self, step_id: str, **changes: Any) -> "LabProgress":
        """The same with some of a step changed."""
        step = replace(self.step(step_id), **changes)
        return replace(self, steps={**self.steps, step_id: step})


class Progress:
    """The file, opened. Each change reads it anew under a lock and replaces it whole."""

    def __init__(self, home: Path) -> None:
        self.file = home / FILE
        self.notice = ""
        """What has to be told: a file that couldn't be read, and where it was put."""

    def labs(self) -> dict[str, LabProgress]:
        """Every lab that was begun."""
        return self._read()

    def lab(self, name: str) -> LabProgress:
        """One lab's progress, empty when it was never begun."""
        return self._read().get(name, LabProgress())

    def change(self, name: str, by: Callable[[LabProgress], LabProgress]) -> LabProgress:
        """Change a lab's progress. Raises `GitOpsLabError` when it can't be written."""
        with self._locked():
            labs = self._read(keep_broken=True)
            labs[name] = by(labs.get(name, LabProgress()))
            self._write(labs)
            return labs[name]

    def _read(self, keep_broken: bool = False) -> dict[str, LabProgress]:
        try:
            data = json.loads(self.file.read_text(encoding="utf-8"))
            if data["version"] > VERSION:
                raise _newer(self.file, data["version"])
            return {name: _lab(lab) for name, lab in data["labs"].items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, KeyError, AttributeError):
            if keep_broken:
                self._put_aside()
            return {}
        except OSError as error:
            raise _unusable(self.file, error) from error

    def _put_aside(self) -> None:
        aside = self.file.with_name(f"{FILE}.broken-{time.time_ns()}")
        self.file.rename(aside)
        self.notice = f"{self.file} could not be read; it is kept as {aside.name}."

    def _write(self, labs: Mapping[str, LabProgress]) -> None:
        data = {"version": VERSION, "labs": {name: asdict(lab) for name, lab in labs.items()}}
        try:
            write_atomically(self.file, json.dumps(data, indent=1) + "\n")
        except OSError as error:
            raise _unusable(self.file, error) from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            lock = self.file.with_name(f".{FILE}.lock").open("w")
        except OSError as error:
            raise _unusable(self.file, error) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _lab(data: Mapping[str, Any]) -> LabProgress:
    steps = {name: _step(step) for name, step in data["steps"].items()}
    quiz = {str(ask): bool(right) for ask, right in (data.get("quiz") or {}).items()}
    times = float(data["started_at"]), float(data["finished_at"])
    return LabProgress(steps, *times, quiz, data.get("measured") or {})


def _step(data: Mapping[str, Any]) -> StepProgress:
    hints = tuple(data["hints"])
    baseline = Baseline.from_data(data["baseline"])
    return StepProgress(**{**data, "hints": hints, "baseline": baseline})


def _newer(file: Path, version: object) -> GitOpsLabError:
    return GitOpsLabError(
        f"the file was written by a newer release (format {version}, this one knows {VERSION}).",
        reason="NewerProgress",
        place=Place(str(file)),
        hint="Update gitops-lab, or move the file away to start anew.",
    )


def _unusable(file: Path, error: OSError) -> GitOpsLabError:
    return GitOpsLabError(
        f"progress can't be kept: {error.strerror or error}.",
        reason="ProgressUnwritable",
        place=Place(str(file)),
        hint="Make the folder writable, or set GITOPS_LAB_HOME to another one.",
    )

"""What is asked of `up`, and what it reports. Data."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops_lab.kube import Object


@dataclass(frozen=True)
class SeedRepo:
    """A repository as it is at the start: one commit on `main` with these files."""

    name: str
    files: Mapping[str, bytes]
    message: str = "Start"


@dataclass(frozen=True)
class WorkspacePlan:
    """Everything that a workspace is made of.

    `objects` are applied to the first cluster when all is up: namespaces, Apps; before them those
    of `elsewhere` to other clusters, by name. `clones` is the folder into which the learner's
    clones go, None for a workspace without any. `later` are objects that whoever brings it up
    applies once it rests: known, so that rights can be asked.
    `options` are the provider's own. `engines` are spoken beside our own kind, from the start.
    """

    name: str
    clusters: tuple[str, ...] = ("main",)
    repositories: tuple[SeedRepo, ...] = ()
    objects: tuple[Object, ...] = ()
    elsewhere: Mapping[str, Sequence[Object]] = field(default_factory=dict)
    later: tuple[Object, ...] = ()
    clones: Path | None = None
    lab: str = ""
    lab_path: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    provider: str = "embedded"
    options: Mapping[str, str] = field(default_factory=dict)
    engine: str = "builtin"
    timing: str = "lab"
    engines: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepReport:
    """A step of `up` begins (`done` is False) or has ended, after `seconds`."""

    title: str
    done: bool
    seconds: float = 0.0
    detail: str = ""


Report = Callable[[StepReport], None]


@contextlib.contextmanager
def timed(report: Report, title: str) -> Iterator[None]:
    """Tell that a step begins, and, unless it fails, that it has ended and after how long."""
    begun = time.monotonic()
    report(StepReport(title, done=False))
    yield
    report(StepReport(title, done=True, seconds=time.monotonic() - begun))

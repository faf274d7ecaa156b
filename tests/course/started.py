"""A tiny lab, started for real in a folder of its own, and gone afterwards."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from gitops_lab.course import Options, Session
from gitops_lab.lab import load
from gitops_lab.workspace import StepReport, down
from tests.lab.mini import COURSE


def silent(report: StepReport) -> None:
    """Nobody looks at the steps here."""


@contextlib.contextmanager
def started(name: str, root: Path, **parameters: str) -> Iterator[Session]:
    """The session of a tiny lab; its workspace ends with the block."""
    lab = load(COURSE / name)
    values = parameters or lab.example_parameters
    options = Options(clones=root / "clones", parameters=values)
    session, _ = Session.start(lab, options, home=root / "home", report=silent)
    try:
        yield session
    finally:
        down(session.workspace, clones=True)

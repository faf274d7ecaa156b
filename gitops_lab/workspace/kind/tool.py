"""Runs the kind command line: what it says is kept, and shown where somebody wants to see it."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from gitops_lab.workspace.kind import refusals
from gitops_lab.workspace.plan import Report, StepReport

VERSION = (0, 33, 0)
"""The kind that our pinned node image belongs to."""
VERBOSE_VARIABLE = "GITOPS_LAB_VERBOSE"
_DONE_STEP = re.compile(r"^\s*✓ (.*?)[^\x20-\x7e]*$")
CONFIGURED = "Configure it"
"""The step after which a node is up, with all but Kubernetes."""
ANSWERS = "Start Kubernetes"
"""The step after which the API answers; no pod can run yet."""
_TITLES = {
    "Ensuring node image": "Get the node image",
    "Preparing nodes": "Start the node",
    "Writing configuration": CONFIGURED,
    "Starting control-plane": ANSWERS,
    "Installing CNI": "Set up the network",
    "Installing StorageClass": "Set up storage",
    "Joining worker nodes": "Join the other nodes",
}


def program() -> str:
    """Where kind is. Raises WorkspaceError."""
    found = shutil.which("kind") or elsewhere(Path.home())
    if not found:
        raise refusals.no_kind()
    return found


def elsewhere(home: Path) -> str:
    """Where kind is when it isn't on PATH: a bundle puts it beside Python, `go install` below
    the home folder; "" when it is in neither place."""
    places = (Path(sys.executable).parent / "kind", home / "go" / "bin" / "kind")
    return next((str(place) for place in places if place.is_file()), "")


def version() -> tuple[int, ...]:
    """(0, 33, 0) of `kind version`. Raises WorkspaceError."""
    done = subprocess.run(
        [program(), "version", "--quiet"], capture_output=True, text=True, timeout=30, check=False
    )
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", done.stdout)
    return tuple(int(part) for part in match.groups()) if match else (0, 0, 0)


class Output:
    """A text file that keeps what is written, and hears of each step that kind has ended."""

    def __init__(self, log: TextIO, screen: TextIO | None, on_step: Callable[[str], None]) -> None:
        self._log = log
        self._screen = screen
        self._on_step = on_step
        self.said: list[str] = []

    def write(self, text: str) -> int:
        """Take a piece of output; kind writes line by line where there is no terminal."""
        self.said.append(text)
        self._log.write(text)
        if self._screen is not None:
            self._screen.write(text)
        if match := _DONE_STEP.match(text):
            self._on_step(match.group(1).strip())
        return len(text)

    def flush(self) -> None:
        """For whoever treats it as a file."""
        self._log.flush()

    @property
    def text(self) -> str:
        """Everything so far."""
        return "".join(self.said)


def run(arguments: Sequence[str], log: Path, report: Report | None = None) -> tuple[int, str]:
    """Run kind; its exit code and all that it said, which is also added to the log.

    With -v its output is on the screen as it comes. `report` is told of each step of its own.
    """
    from subprocess_tee import run as tee  # late: it takes 0.05 s

    log.parent.mkdir(parents=True, exist_ok=True)
    screen = sys.stderr if os.environ.get(VERBOSE_VARIABLE) else None
    begun = time.monotonic()

    def on_step(said: str) -> None:
        nonlocal begun
        title = next((ours for kinds, ours in _TITLES.items() if said.startswith(kinds)), said)
        now = time.monotonic()
        if report is not None:
            report(StepReport(title, done=True, seconds=now - begun))
        begun = now

    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ kind {' '.join(arguments)}\n")
        output = Output(file, screen, on_step)
        done = tee([program(), *arguments], stdout=output, stderr=output, env=_environment())
    return done.returncode, output.text


def _environment() -> dict[str, str]:
    """Ours, but for a KUBECONFIG that kind must not write to."""
    return {key: value for key, value in os.environ.items() if key != "KUBECONFIG"}

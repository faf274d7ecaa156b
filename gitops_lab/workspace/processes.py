"""The background processes of a workspace: start one, know whether it lives, end it.

A pid alone can belong to somebody else after a restart of the machine, so each is kept with the
time its process started, and nothing is ever ended unless both fit.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gitops_lab.errors import Place, WorkspaceError
from gitops_lab.workspace.files import write_atomically

READY_DESCRIPTOR = "GITOPS_LAB_READY_FD"
GO_DESCRIPTOR = "GITOPS_LAB_GO_FD"
_READY_SECONDS = 180.0  # of a busy machine: one that has ended is told at once
_END_SECONDS = 15.0


@dataclass(frozen=True)
class Process:
    """A process that can't be mistaken for a later one with the same pid."""

    pid: int
    started: str

    @property
    def alive(self) -> bool:
        """Whether that very process runs."""
        return bool(self.started) and start_time(self.pid) == self.started


def start_time(pid: int) -> str:
    """When a process started, in the platform's own terms; "" when there is none (or a zombie)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return ""
        return _start_time_of_ps(pid)
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]


def _start_time_of_ps(pid: int) -> str:
    done = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip()


def read(path: Path) -> Process | None:
    """The process that a file names; None when there is no such file."""
    try:
        return Process(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def spawn(
    arguments: Sequence[str], *, pid_file: Path, log_file: Path, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Start `python -m gitops_lab.host …` in the background and wait until it is ready.

    What it says when it is ready is returned. Raises WorkspaceError with the end of its log.
    """
    with begin(
        arguments, pid_file=pid_file, log_file=log_file, environment=environment
    ) as starting:
        return starting.ready()


class Starting:
    """A process that loads its code, and then waits for the word to go on: `ready` gives it."""

    def __init__(
        self, process: Process, reader: int, go: int, arguments: Sequence[str], log_file: Path
    ) -> None:
        self._process = process
        self._reader = reader
        self._go = go
        self._arguments = arguments
        self._log_file = log_file

    def __enter__(self) -> "Starting":
        return self

    def __exit__(self, *_: object) -> None:
        """Without the word it ends by itself."""
        os.close(self._reader)
        os.close(self._go)

    def ready(self) -> dict[str, Any]:
        """Let it go on, and wait; what it says. Raises WorkspaceError with the end of its log."""
        with contextlib.suppress(BrokenPipeError):  # it has ended: its log says why
            os.write(self._go, b"\n")
        return _wait_ready(self._reader, self._process, self._arguments, self._log_file)


def begin(
    arguments: Sequence[str], *, pid_file: Path, log_file: Path, environment: Mapping[str, str]
) -> Starting:
    """Start `python -m gitops_lab.host …` in the background, which loads its code meanwhile."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    reader, writer = os.pipe()
    waits, go = os.pipe()
    told = {READY_DESCRIPTOR: str(writer), GO_DESCRIPTOR: str(waits)}
    try:
        with log_file.open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "gitops_lab.host", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(writer, waits),
                env={**environment, **told},
            )
    except OSError:
        os.close(reader)
        os.close(go)
        raise
    finally:
        os.close(writer)
        os.close(waits)
    child.returncode = 0  # it outlives this object, and `end` reaps it: nothing to warn of
    process = Process(child.pid, start_time(child.pid))
    write_atomically(pid_file, json.dumps(asdict(process)))
    return Starting(process, reader, go, arguments, log_file)


_NEXT = (
    "Its log says more. If its state is damaged, `gitops-lab down` and then `start` make it anew; "
    "your clones and your progress stay."
)


def _wait_ready(
    reader: int, process: Process, arguments: Sequence[str], log_file: Path
) -> dict[str, Any]:
    said = b""
    deadline = time.monotonic() + _READY_SECONDS
    while not said.endswith(b"\n"):
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        block = os.read(reader, 65536) if ready else b""
        if not block:
            break
        said += block
    answer: dict[str, Any] = json.loads(said) if said.endswith(b"\n") else {}
    if answer.get("ready"):
        return answer
    end(process)
    name = " ".join(arguments[:1])
    problem = answer.get("error") or f"ended or was not ready within {_READY_SECONDS:.0f} s"
    raise WorkspaceError(
        f"the {name} process did not start: {problem}.",
        reason=str(answer.get("reason") or "ProcessFailed"),
        place=Place(file=str(log_file)),
        hint=str(answer.get("hint") or _NEXT),
    )


def end(process: Process | None) -> bool:
    """Ask a process to end, then make it; whether there was one."""
    if process is None or not process.alive:
        return False
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, sent)
        if _ended(process):
            return True
    return True


def _ended(process: Process) -> bool:
    deadline = time.monotonic() + _END_SECONDS
    while process.alive:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    with contextlib.suppress(ChildProcessError):  # ours, unless another command has started it
        os.waitpid(process.pid, os.WNOHANG)
    return True

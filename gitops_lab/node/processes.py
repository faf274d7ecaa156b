"""Local processes for containers, probes and exec, each ended with all that it started.

`Launcher` belongs to one event loop; its methods are called on that loop's thread.
"""

import asyncio
import contextlib
import errno
import json
import logging
import os
import socket
import struct
import subprocess
import sys
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.node.supervise.tree import start_time

log = logging.getLogger(__name__)

_MAIN = Path(__file__).parent / "supervise" / "main.py"
SIGKILL, SIGTERM = 9, 15


@dataclass(frozen=True)
class Command:
    """What to run: arguments, all of its environment, and the folder to start in.

    `pid_file` is written while the process lives; `tty` makes standard input its terminal.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    pid_file: Path
    tty: bool = False


@dataclass(frozen=True)
class Streams:
    """Descriptors that become a process' standard input, output and error."""

    stdin: int
    stdout: int
    stderr: int


@dataclass(frozen=True)
class Exit:
    """How a process ended: its code, or the signal that ended it (else 0)."""

    code: int
    signal: int = 0

    @property
    def status(self) -> int:
        """The code as a shell and Kubernetes tell it: 137 after SIGKILL."""
        return 128 + self.signal if self.signal else self.code


class StartFailed(Exception):
    """The program can't be run: it is missing, or not executable. `errno` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(os.strerror(number))
        self.errno = number


class Process:
    """A process that runs or has run."""

    def __init__(self, control: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self.pid = 0
        self._loop = loop
        self._control = control
        self._rest = b""
        self._started: asyncio.Future[int] = loop.create_future()
        self._exited: asyncio.Future[Exit] = loop.create_future()
        loop.add_reader(control, self._read)

    async def started(self) -> int:
        """Its pid. Raises StartFailed."""
        self.pid = await asyncio.shield(self._started)
        return self.pid

    async def wait(self) -> Exit:
        """How it ended, once nothing of its tree lives any more."""
        return await asyncio.shield(self._exited)

    def signal(self, number: int) -> None:
        """Send a signal; SIGKILL goes to its whole tree. Nothing happens once it has ended."""
        with contextlib.suppress(OSError):
            self._control.send(b"%d\n" % number)

    def kill(self) -> None:
        """End it and all that it started."""
        self.signal(SIGKILL)

    def _read(self) -> None:
        try:
            data = self._control.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))
        if not data:
            self.let_go()

    def _take(self, message: dict[str, int]) -> None:
        if "started" in message:
            self._started.set_result(message["started"])
        elif "failed" in message:
            self._started.set_exception(StartFailed(message["failed"]))
        elif "exited" in message:
            self._exited.set_result(Exit(message["exited"], message["signal"]))

    def let_go(self) -> None:
        """Close the connection to its supervisor, which then ends what still runs."""
        if self._control.fileno() < 0:
            return
        self._loop.remove_reader(self._control)
        self._control.close()
        if not self._started.done():
            self._started.set_exception(StartFailed(errno.EINTR))
        if self._started.exception() is None and not self._exited.done():
            self._exited.set_result(Exit(0, SIGKILL))  # its supervisor was killed, and it with it


class Launcher:
    """Starts processes through the small process of `node.supervise`, itself started at need."""

    def __init__(self) -> None:
        self._requests: socket.socket | None = None
        self._lifeline = -1
        self._child: subprocess.Popen[bytes] | None = None
        self._processes: weakref.WeakSet[Process] = weakref.WeakSet()
        self._closed = False

    def open(self) -> None:
        """Start the launching process, so that the first pod needn't wait for it."""
        ours, theirs = socket.socketpair()
        ends, self._lifeline = os.pipe()
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_MAIN), str(theirs.fileno()), str(ends)],
                pass_fds=(theirs.fileno(), ends),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        except OSError:
            ours.close()
            os.close(self._lifeline)
            raise
        finally:
            theirs.close()
            os.close(ends)
        self._requests = ours

    def close(self) -> None:
        """End everything that was started and still runs; nothing is started any more."""
        self._closed = True
        for process in list(self._processes):
            process.let_go()
        if self._requests is None or self._child is None:
            return
        self._requests.close()
        os.close(self._lifeline)
        self._requests = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(timeout=5)

    async def start(self, command: Command, streams: Streams) -> Process:
        """Run a command; its streams stay the caller's to close. Raises StartFailed."""
        if self._closed:
            raise StartFailed(errno.ECANCELED)
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            descriptors = [streams.stdin, streams.stdout, streams.stderr, theirs.fileno()]
            try:
                self._send(_request(command), descriptors)
            except OSError:
                ours.close()
                raise
        process = Process(ours)
        self._processes.add(process)
        try:
            await process.started()
        except asyncio.CancelledError:
            process.kill()
            raise
        return process

    def _send(self, request: bytes, descriptors: list[int]) -> None:
        for again in (True, False):
            if self._requests is None:
                self.open()
            assert self._requests is not None
            try:
                sent = socket.send_fds(self._requests, [request], descriptors)
                self._requests.sendall(request[sent:])
                return
            except OSError:
                if not again:
                    raise
                log.warning("the launcher of pods was gone; starting another")
                self._requests.close()
                self._requests = None


def end_leftover(pid_file: Path) -> bool:
    """Kill what a pid file names if it is still the same process; whether there was any."""
    try:
        recorded: dict[str, Any] = json.loads(pid_file.read_text())
    except (OSError, ValueError):
        return False
    found = False
    for text, started in recorded.items():
        if started and start_time(int(text)) == started:
            with contextlib.suppress(OSError):
                os.killpg(int(text), SIGKILL)
                found = True
    pid_file.unlink(missing_ok=True)
    return found


def _request(command: Command) -> bytes:
    data = json.dumps(
        {
            "command": command.arguments,
            "environment": dict(command.environment),
            "folder": str(command.folder),
            "pid_file": str(command.pid_file),
            "tty": command.tty,
        }
    ).encode()
    return struct.pack("!I", len(data)) + data

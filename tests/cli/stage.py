"""A show in a terminal of 80x24 that a script types into."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping

from tests.cli.driver import CommandLine

COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


_SIZE = {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}


def as_a_terminal_does() -> None:
    """What runs in the background of a shell ignores Ctrl-C, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Stage:
    """A process in a terminal that a script types into."""

    def __init__(
        self, line: CommandLine, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self._descriptor, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gitops_lab.cli", *arguments],
            cwd=line.place,
            env={**line.environment, **_SIZE, **(environment or {})},
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
            preexec_fn=as_a_terminal_does,
        )
        os.close(inside)
        self._seen = ""

    def waits_for(self, text: str, seconds: float = 60.0) -> str:
        """What was shown up to a text, which has to come."""
        deadline = time.monotonic() + seconds
        while text not in self._seen:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._descriptor], [], [], max(0.0, left))
            assert ready, f"{text!r} did not come; seen: {self._seen[-2000:]}"
            block = ""
            with contextlib.suppress(OSError):
                block = os.read(self._descriptor, 65536).decode(errors="replace")
            assert block, f"it ended before {text!r}; seen: {self._seen[-2000:]}"
            self._seen = COLOURS.sub("", self._seen + block)
        before, _, self._seen = self._seen.partition(text)
        return before

    def press(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def quit(self) -> None:
        """Leave as a presenter does; it has to end well."""
        self.press("q")
        assert self.process.wait(120) == 0

    def end(self) -> None:
        """End it, whatever it does."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._descriptor)

"""Running somebody else's renderer where it can do no harm.

It gets a home of its own, no configuration, no path to other programs, a proxy that leads
nowhere, and limits on time, output and memory.
"""

import errno
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO

_NOWHERE = "http://127.0.0.1:9"
_MEMORY = 1 << 30
_ADDRESSES = 3 << 30
"""A program in Go reserves a gigabyte and more that it never uses."""
_WITH_LESS_MEMORY = (
    *("/bin/sh", "-c"),
    f'{{ ulimit -d {_MEMORY >> 10}; ulimit -v {_ADDRESSES >> 10}; }} 2>/dev/null; exec "$@"',
    "sh",
)
"""Set before the program begins: set from outside it would come too late now and then. Linux does
not count data that is mapped over what was reserved, so addresses have a limit, too."""
_NO_MEMORY = ("out of memory", "cannot allocate memory", "MemoryError")


class TooLate(Exception):
    """The program did not end in time."""


class TooMuch(Exception):
    """The program wrote more than it may, or needs more memory."""


class Failed(Exception):
    """The program ended with an error; its text is what it said."""


class Limited:
    """One run; `start` begins it. A context manager, which leaves no process behind."""

    def __init__(self, name: str, *, seconds: float, output_bytes: int) -> None:
        self._seconds = seconds
        self._output_bytes = output_bytes
        self._home = tempfile.TemporaryDirectory(prefix=f"gitops-lab-{name}-")
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._process: subprocess.Popen[bytes] | None = None
        self._late = False
        self._timer = threading.Timer(seconds, self._time_is_up)
        self._timer.daemon = True

    @property
    def home(self) -> Path:
        """A folder of its own, which ends with the run."""
        return Path(self._home.name).resolve()

    def start(self, argv: list[str]) -> None:
        """Begin. Raises OSError."""
        if shutil.which(argv[0]) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
        self._process = subprocess.Popen(
            [*_WITH_LESS_MEMORY, *argv],
            cwd=self._home.name,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._timer.start()

    def output(self) -> bytes:
        """What it wrote. Raises TooMuch, TooLate or Failed."""
        assert self._process is not None
        assert self._process.stdout is not None
        output = self._process.stdout.read(self._output_bytes + 1)
        if len(output) > self._output_bytes:
            raise TooMuch(f"it gives more than {self._output_bytes:,} bytes.")
        code = self._process.wait()
        if self._late:
            raise TooLate(f"it did not end within {self._seconds:.0f} s.")
        if code != 0:
            self._errors.seek(0)
            said = self._errors.read(self._output_bytes).decode(errors="replace")
            if any(words in said for words in _NO_MEMORY):
                raise TooMuch(f"it needs more than {_MEMORY >> 20:,} MB of memory.")
            raise Failed(said)
        return output

    def close(self) -> None:
        """End the process if it runs, and remove its home."""
        self._timer.cancel()
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._errors.close()
        self._home.cleanup()

    def __enter__(self) -> "Limited":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": self._home.name,
            "TMPDIR": self._home.name,
            "KUBECONFIG": os.devnull,
            "PATH": "",
            "GOMAXPROCS": "2",
            "GOMEMLIMIT": "512MiB",
            "HTTP_PROXY": _NOWHERE,
            "HTTPS_PROXY": _NOWHERE,
        }

    def _time_is_up(self) -> None:
        self._late = True
        if self._process is not None:
            self._process.kill()

"""The presenter's keys: letters, arrows, and what a clicker sends."""

import os
import sys
import termios
import tty
from types import TracebackType

from gitops_lab.errors import UsageError

KEYS = {
    b" ": "next",
    b"\r": "next",
    b"\n": "next",
    b"n": "next",
    b"\x1b[C": "next",
    b"\x1b[6~": "next",
    b"b": "back",
    b"p": "back",
    b"\x1b[D": "back",
    b"\x1b[5~": "back",
    b"s": "skip",
    b"j": "jump",
    b"r": "restore",
    b"f": "film",
    b"q": "quit",
    b"": "quit",
}


class Keys:
    """Reads single keys while it is entered. Raises UsageError without a terminal."""

    def __init__(self) -> None:
        if not sys.stdin.isatty():
            raise UsageError(
                "presenting needs a terminal with a keyboard.",
                reason="NoTerminal",
                hint="`gitops-lab demo LAB` plays by itself, without one.",
            )
        self._descriptor = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._descriptor)

    def __enter__(self) -> "Keys":
        tty.setcbreak(self._descriptor)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def read(self) -> str:
        """The next key's meaning; what has none is passed over."""
        while True:
            key = self._key()
            if key in KEYS:
                return KEYS[key]

    def number(self) -> int:
        """A digit; 0 for any other key."""
        key = self._key()
        return int(key) if key.isdigit() else 0

    def _key(self) -> bytes:
        key = os.read(self._descriptor, 1)
        if key == b"\x1b":
            key += os.read(self._descriptor, 2)
            if key in (b"\x1b[5", b"\x1b[6"):
                key += os.read(self._descriptor, 1)
        return key

"""A terminal that is recorded while it is shown: asciinema's cast format, version 2.

The format: https://docs.asciinema.org/manual/asciicast/v2/ (a header, then `[seconds, code, data]`
a line; code o is output, m a marker).
"""

import io
import json
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, TextIO, cast

from gitops_lab.cli.terminal import Terminal

if TYPE_CHECKING:
    from rich.console import Console

_LONGEST_PAUSE = 2.0


class Cast(io.TextIOBase):
    """Writes to a terminal and, with the seconds since the start, to a file. Close it."""

    def __init__(self, out: TextIO, file: Path, title: str, size: tuple[int, int]) -> None:
        super().__init__()
        self._out = out
        self._began = time.monotonic()
        self._file = file.open("w", encoding="utf-8")
        header = {
            "version": 2,
            "width": size[0],
            "height": size[1],
            "timestamp": int(time.time()),
            "idle_time_limit": _LONGEST_PAUSE,
            "title": title,
        }
        self._line(header)

    def write(self, text: str) -> int:
        """Show and record."""
        self._event("o", text.replace("\n", "\r\n"))
        return self._out.write(text)

    def flush(self) -> None:
        """Show what was written."""
        self._out.flush()

    def mark(self, name: str) -> None:
        """A chapter begins: players can jump to it."""
        self._event("m", name)

    def close(self) -> None:
        """End the recording."""
        self._file.close()
        super().close()

    def _event(self, code: str, data: str) -> None:
        if data:
            self._line([round(time.monotonic() - self._began, 6), code, data])

    def _line(self, content: object) -> None:
        self._file.write(json.dumps(content, ensure_ascii=False) + "\n")


class ShowTerminal(Terminal):
    """A terminal for an audience: on the screen and, with a cast, recorded too."""

    def __init__(self, recording: Cast | None = None, *, typing_ms: float = 0.0) -> None:
        super().__init__()
        self.recording = recording
        self._letter = typing_ms / 1000

    @cached_property
    def console(self) -> "Console":
        """Colours also into a recording, whatever the screen is."""
        from rich.console import Console

        if self.recording is None:
            return Console(highlight=False, soft_wrap=True)
        return Console(
            file=cast(IO[str], self.recording), force_terminal=True, highlight=False, soft_wrap=True
        )

    def typed(self, text: str) -> None:
        """A command letter by letter, as if by hand."""
        out = self.recording or sys.stdout
        self.console.print("$ ", style="bold cyan", end="", markup=False)
        for letter in text:
            self.console.print(letter, style="bold cyan", end="", markup=False)
            out.flush()
            if self._letter:
                time.sleep(self._letter)
        self.console.print()

    def mark(self, name: str) -> None:
        """A chapter begins."""
        if self.recording is not None:
            self.recording.mark(name)

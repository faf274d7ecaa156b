"""A terminal that is recorded while it is shown: asciinema's cast format, version 2.

The format: https://docs.asciinema.org/manual/asciicast/v2/ (a header, then `[seconds, code, data]`
a line; code o is output, m a marker, i a key). Each beat of a show begins with a marker; the key
stands where the presenter would press one: what is said comes before it, what is done after.
"""

import io
import json
import re
import sys
import textwrap
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from gitops_lab.cli.terminal import Terminal

if TYPE_CHECKING:
    from rich.console import Console

LONGEST_PAUSE = 4.0
KEY = " "
_LETTERS_A_SECOND = 40
_LABEL = re.compile(r"\s*(?:[✓✗!…$] |[a-z]+\s{2,}|\d+\s{2,})?")


def reading(text: str) -> float:
    """Seconds that people need to read a text; none for none."""
    return min(LONGEST_PAUSE, 1.0 + len(text) / _LETTERS_A_SECOND) if text.strip() else 0.0


class Cast(io.TextIOBase):
    """Writes to a terminal and, with the seconds since the start, to a file. Close it.

    `header` is added to the format's own. Pauses that nobody has to sit through are not slept, but
    only counted (`rest`).
    """

    def __init__(
        self,
        out: TextIO,
        file: Path,
        title: str,
        size: tuple[int, int],
        header: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.size = size
        self._out = out
        self._began = time.monotonic()
        self._file = file.open("w", encoding="utf-8")
        known = {
            "version": 2,
            "width": size[0],
            "height": size[1],
            "timestamp": int(time.time()),
            "idle_time_limit": LONGEST_PAUSE,
            "title": title,
        }
        self._line(known | dict(header or {}))

    def write(self, text: str) -> int:
        """Show and record."""
        self._event("o", text.replace("\n", "\r\n"))
        return self._out.write(text)

    def flush(self) -> None:
        """Show what was written."""
        self._out.flush()

    def mark(self, name: str) -> None:
        """A beat begins: players can jump to it."""
        self._event("m", name)

    def key(self) -> None:
        """Here somebody would press a key."""
        self._event("i", KEY)

    def rest(self, seconds: float) -> None:
        """Let time pass in the recording alone."""
        self._began -= seconds

    def close(self) -> None:
        """End the recording."""
        if not self._file.closed:
            self._file.close()
        super().close()

    def _event(self, code: str, data: str) -> None:
        if data:
            self._line([round(time.monotonic() - self._began, 6), code, data])

    def _line(self, content: object) -> None:
        self._file.write(json.dumps(content, ensure_ascii=False) + "\n")


class ShowTerminal(Terminal):
    """A terminal for an audience: on the screen and, with a cast, recorded too.

    Lines break between words, and nothing is dimmed: a projector would swallow it.
    """

    def __init__(self, recording: Cast | None = None, *, typing_ms: float = 0.0) -> None:
        super().__init__()
        self.recording = recording
        self._letter = typing_ms / 1000

    @cached_property
    def console(self) -> "Console":
        """Colours also into a recording, whatever the screen is."""
        from rich.console import Console

        if self.recording is None:
            return super().console
        return Console(
            file=cast(IO[str], self.recording),
            force_terminal=True,
            color_system="standard",
            highlight=False,
            soft_wrap=True,
            width=self.recording.size[0],
        )

    def say(self, text: str = "", style: str = "") -> None:
        """A line or a paragraph."""
        lines = "\n".join(self._broken(line) for line in self.told(text).split("\n"))
        shown = "" if style == "dim" else style
        self.console.print(lines, style=shown or None, markup=False)

    def narrate(self, text: str) -> None:
        """What the presenter says; in a recording there is time to read it."""
        if text.strip():
            self.say(text.rstrip())
            if self.recording is not None:
                self.recording.rest(reading(text))

    def typed(self, text: str) -> None:
        """A command letter by letter, as if by hand."""
        out = self.recording or sys.stdout
        self.console.print("$ ", style="bold cyan", end="", markup=False)
        for letter in text:
            self.console.print(letter, style="bold cyan", end="", markup=False)
            out.flush()
            if self.recording is not None:
                self.recording.rest(self._letter)
            elif self._letter:
                time.sleep(self._letter)
        self.console.print()

    def raw(self, data: str) -> None:
        """What was recorded, as it was written."""
        sys.stdout.write(data)
        sys.stdout.flush()

    def mark(self, name: str) -> None:
        """A beat begins."""
        if self.recording is not None:
            self.recording.mark(name)

    def key(self) -> None:
        """Here somebody would press a key."""
        if self.recording is not None:
            self.recording.key()

    def _broken(self, line: str) -> str:
        """A line in the terminal's width, the rest of it under its text."""
        width = self.console.width
        if len(line) <= width:
            return line
        label = _LABEL.match(line)
        indent = " " * len(label.group()) if label else ""
        return textwrap.fill(
            line,
            width,
            subsequent_indent=indent,
            drop_whitespace=True,
            break_on_hyphens=False,
            replace_whitespace=False,
        )

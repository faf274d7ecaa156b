"""What a show writes, as rows of styled text: the few terminal codes that rich uses, no others.

A show only ever appends, or writes its last line again; so each row is kept once, as it is in the
end, and a moment is told by how far the writing has come.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_CODE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_TAB = 8


def plain(text: str) -> str:
    """Without the characters that XML has no place for."""
    return _NOT_TEXT.sub("", text)


@dataclass(frozen=True)
class Style:
    """How letters look; `colour` 0 to 7 as terminals number them, -1 for the usual one."""

    colour: int = -1
    bold: bool = False
    dim: bool = False

    def after(self, codes: str) -> "Style":
        """The style after an SGR code, such as `1;32`."""
        now = self
        for code in (int(word) if word.isdigit() else 0 for word in codes.split(";")):
            now = now._after(code)
        return now

    def _after(self, code: int) -> "Style":
        match code:
            case 0:
                return Style()
            case 1:
                return Style(self.colour, True, self.dim)
            case 2:
                return Style(self.colour, self.bold, True)
            case 22:
                return Style(self.colour)
            case 39:
                return Style(-1, self.bold, self.dim)
        for first in (30, 90):
            if first <= code < first + 8:
                return Style(code - first, self.bold, self.dim)
        return self


@dataclass(frozen=True)
class Moment:
    """At `at` seconds the writing stood in that row and column."""

    at: float
    row: int
    column: int


Row = list[tuple[str, Style]]


@dataclass
class Screen:
    """A terminal of some width and endless height."""

    width: int
    rows: list[Row] = field(default_factory=lambda: [[]])
    moments: list[Moment] = field(default_factory=list)
    _column: int = 0
    _style: Style = Style()

    def write(self, at: float, text: str) -> None:
        """Something is written at a moment."""
        end = 0
        for code in _CODE.finditer(text):
            self._text(text[end : code.start()])
            if code.group(2) == "m":
                self._style = self._style.after(code.group(1))
            elif code.group(2) == "K":
                del self.rows[-1][self._column :]
            end = code.end()
        self._text(text[end:])
        self.moments.append(Moment(at, len(self.rows) - 1, self._column))

    def _text(self, text: str) -> None:
        for letter in plain(text):
            if letter == "\n":
                self.rows.append([])
                self._column = 0
            elif letter == "\r":
                self._column = 0
            elif letter == "\t":
                self._text(" " * (_TAB - self._column % _TAB))
            else:
                self._put(letter)

    def _put(self, letter: str) -> None:
        if self._column >= self.width:
            self.rows.append([])
            self._column = 0
        row = self.rows[-1]
        row[self._column : self._column + 1] = [(letter, self._style)]
        self._column += 1


def runs(row: Row) -> Iterator[tuple[str, Style]]:
    """A row as texts of one style each, without the blanks at its end."""
    text, style = "", Style()
    for letter, now in _trimmed(row):
        if text and now != style:
            yield text, style
            text = ""
        text, style = text + letter, now
    if text:
        yield text, style


def _trimmed(row: Row) -> Row:
    end = len(row)
    while end and row[end - 1][0] == " ":
        end -= 1
    return row[:end]


def thinned(moments: Iterable[Moment], gap: float) -> list[Moment]:
    """At most one moment in each `gap` of seconds: the last one."""
    kept: list[Moment] = []
    for moment in moments:
        if (
            kept
            and moment.at - kept[-1].at < gap
            and len(kept) > 1
            and kept[-1].at - kept[-2].at < gap
        ):
            kept[-1] = Moment(kept[-1].at, moment.row, moment.column)
        else:
            kept.append(moment)
    return kept

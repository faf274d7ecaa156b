"""What a commit changed, in the few lines that a show has room for."""

from dataclasses import dataclass, field
from typing import Literal

ROOM = 8
_NOTHING = "/dev/null"


@dataclass
class _File:
    name: str = ""
    change: Literal["", "new ", "deleted "] = ""
    lines: list[str] = field(default_factory=list)

    @property
    def counts(self) -> str:
        """`+3 -1`"""
        added = sum(line.startswith("+") for line in self.lines)
        return f"+{added} -{len(self.lines) - added}"


def told(patch: str) -> list[str]:
    """A patch as `git show --unified=0 --no-prefix` prints it: each file and its changed lines.

    A deleted file is named alone; what has no room is counted.
    """
    files = _files(patch)
    shown = [line for file in files for line in _in_full(file)]
    if len(shown) <= ROOM:
        return shown
    counted = [f"{file.change}{file.name}  {file.counts}" for file in files]
    more = len(counted) - ROOM
    return counted if more <= 0 else [*counted[:ROOM], f"… and {more} more"]


def _in_full(file: _File) -> list[str]:
    lines = [] if file.change == "deleted " else file.lines
    return [f"{file.change}{file.name}", *lines]


def _files(patch: str) -> list[_File]:
    files: list[_File] = []
    inside = False
    for line in patch.splitlines():
        if line.startswith("diff --git "):
            files.append(_File())
            inside = False
        elif line.startswith("@@"):
            inside = True
        elif inside and line[:1] in ("+", "-"):
            files[-1].lines.append(line)
        elif not inside and files:
            _head(files[-1], line)
    return files


def _head(file: _File, line: str) -> None:
    if line.startswith("--- "):
        file.change = "new " if line[4:] == _NOTHING else ""
        file.name = line[4:]
    elif line.startswith("+++ ") and line[4:] == _NOTHING:
        file.change = "deleted "
    elif line.startswith("+++ "):
        file.name = line[4:]
    elif line.startswith("rename to "):
        file.name = line.removeprefix("rename to ")

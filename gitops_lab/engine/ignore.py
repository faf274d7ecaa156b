"""Patterns as in .gitignore: which files of a source don't count. Pure (see gitignore(5))."""

import re
from collections.abc import Iterable

FILE = ".sourceignore"
"""In the folder that an App names: patterns relative to it."""


class Ignore:
    """Some patterns; the last one that fits a path decides."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._rules = [rule for line in patterns if (rule := _rule(line)) is not None]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def __call__(self, path: str) -> bool:
        """Whether a file, by its relative path, is to be left out, itself or by a folder."""
        parts = path.split("/")
        folders = ("/".join(parts[:end]) for end in range(1, len(parts)))
        return any(self._is_out(folder, True) for folder in folders) or self._is_out(path, False)

    def _is_out(self, path: str, folder: bool) -> bool:
        for pattern, kept, only_folders in reversed(self._rules):
            if (folder or not only_folders) and pattern.fullmatch(path):
                return not kept
        return False


def _rule(line: str) -> tuple[re.Pattern[str], bool, bool] | None:
    """(what it fits, whether it brings back, whether it is for folders alone)."""
    text = re.sub(r"(?<!\\)\s+$", "", line.rstrip("\n"))
    if not text or text.startswith("#"):
        return None
    kept = text.startswith("!")
    text = text[1:] if kept else text
    only_folders = text.endswith("/")
    text = text.rstrip("/")
    anywhere = "/" not in text
    pattern = _pattern(text.lstrip("/"))
    return re.compile(f"(?:.*/)?{pattern}" if anywhere else pattern), kept, only_folders


def _pattern(text: str) -> str:
    pieces = re.split(r"(/\*\*/|^\*\*/|/\*\*$|\*+|\?|\[[^\]]+\]|\\.)", text)
    return "".join(_piece(piece) for piece in pieces if piece)


def _piece(piece: str) -> str:
    fixed = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "?": "[^/]"}
    if piece in fixed:
        return fixed[piece]
    if set(piece) == {"*"}:
        return "[^/]*"
    if piece.startswith("["):
        return "[" + piece[1:-1].replace("\\", "\\\\").replace("!", "^", 1) + "]"
    return re.escape(piece[1:] if piece.startswith("\\") and len(piece) == 2 else piece)

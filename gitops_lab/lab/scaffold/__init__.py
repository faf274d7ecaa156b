"""A new lab that already proves, as a start for an author."""

import re
from pathlib import Path

from gitops_lab.errors import UsageError
from gitops_lab.lab import schema

_FILES = Path(__file__).parent / "files"
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")


def scaffold(folder: Path) -> list[Path]:
    """Write a lab into a folder that isn't there yet; its files. Raises `UsageError`."""
    name = folder.name
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} can't be a lab's name.",
            reason="InvalidName",
            hint="Use lower-case letters, digits and dashes, at most 40.",
        )
    if folder.exists():
        raise UsageError(f"{folder} exists already.", reason="Exists", hint="Take another name.")
    words = {"@NAME@": name, "@TITLE@": name.replace("-", " ").capitalize()}
    written = []
    for source in sorted(path for path in _FILES.rglob("*") if path.is_file()):
        if "__pycache__" not in source.parts:
            text = source.read_text(encoding="utf-8")
            for word, value in words.items():
                text = text.replace(word, value)
            target = source.relative_to(_FILES).as_posix().removesuffix(".in")
            written.append(_write(folder / target, text))
    written.append(_write(folder / f".{schema.FILE}", schema.text()))
    return written


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path

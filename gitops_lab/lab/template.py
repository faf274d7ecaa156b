"""Templates of a lab: Jinja2 in a sandbox, strict about unknown names, with limits.

Texts of lab.yaml and README.md are templates as they stand. Of the files in a folder those whose
name ends in `.j2` are (the ending goes away), so that a Helm chart's own braces stay untouched;
every file name may hold `{{ names }}`. What a template writes stays in its folder.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from gitops_lab.errors import Place, UsageError

MAX_SOURCE = 1_000_000
MAX_FILES = 2_000
MAX_FILE = 10_000_000
SUFFIX = ".j2"


class TemplateError(UsageError):
    """A template doesn't render, or would leave its folder."""

    default_reason = "TemplateFailed"


_MARKS = re.compile(r"\{[{%#]|\r")
"""What Jinja2 would change: its marks, and the ends of lines of other systems."""


def render(text: str, values: Mapping[str, Any], *, file: str = "", line: int = 1) -> str:
    """A text with its names filled in.

    `file` and `line` (of the text's first line) only serve the error. Raises `TemplateError`.
    """
    if len(text) > MAX_SOURCE:
        raise _error(f"a template of {len(text):,} characters is too long", file, line)
    if not _MARKS.search(text):
        return text
    from gitops_lab.lab import sandbox  # late: most texts of a lab that is known need no Jinja2

    try:
        return sandbox.fill(text, values)
    except sandbox.NotFilled as error:
        raise _error(str(error), file, line + error.line - 1) from error


def folder(root: Path, values: Mapping[str, Any], *, file: str = "") -> dict[str, bytes]:
    """The files of a folder by POSIX path, templates rendered and names filled in.

    `file` is the folder's name in errors. Raises `TemplateError` for the first problem.
    """
    problems: list[TemplateError] = []
    files = files_of(root, values, file or root.name, problems.append)
    if problems:
        raise problems[0]
    return files


def files_of(
    root: Path, values: Mapping[str, Any], told: str, report: Callable[[TemplateError], None]
) -> dict[str, bytes]:
    """As `folder`, but hands every problem to `report` and goes on."""
    files: dict[str, bytes] = {}
    for path in sorted(root.rglob("*")):
        name = f"{told}/{path.relative_to(root).as_posix()}"
        try:
            if path.is_symlink():
                raise _error("is a symbolic link; put the file itself there", name, 0)
            if path.is_file():
                target, content = _file(root, path, values, name)
                files[target] = content
        except TemplateError as error:
            report(error)
        if len(files) > MAX_FILES:
            report(_error(f"has more than {MAX_FILES:,} files", told, 0))
            break
    return files


def inside(name: str) -> bool:
    """Whether a relative POSIX path stays in its folder (and out of `.git`)."""
    path = PurePosixPath(name)
    odd = "\\" in name or "\0" in name or not path.parts
    return not (odd or path.is_absolute() or ".." in path.parts or ".git" in path.parts)


def _file(root: Path, path: Path, values: Mapping[str, Any], told: str) -> tuple[str, bytes]:
    target = render(path.relative_to(root).as_posix(), values, file=told, line=0)
    size = path.stat().st_size
    if size > MAX_FILE:
        raise _error(f"has {size:,} bytes; a file has {MAX_FILE:,} at most", told, 0)
    content = path.read_bytes()
    if target.endswith(SUFFIX):
        target = target.removesuffix(SUFFIX)
        content = _rendered(content, values, told)
    if not inside(target):
        raise _error(f"would write to {target!r}, outside its folder", told, 0)
    return target, content


def _rendered(content: bytes, values: Mapping[str, Any], told: str) -> bytes:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise _error("is not text in UTF-8, so it can't be a template", told, 0) from error
    return render(text, values, file=told).encode()


def _error(message: str, file: str, line: int) -> TemplateError:
    return TemplateError(
        f"{message.rstrip('.')}.", place=Place(file, line), hint="Correct the template."
    )

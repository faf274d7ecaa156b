"""Templates of a lab: Jinja2 in a sandbox, strict about unknown names, with limits.

Texts of lab.yaml and README.md are templates as they stand. Of the files in a folder those whose
name ends in `.j2` are (the ending goes away), so that a Helm chart's own braces stay untouched;
every file name may hold `{{ names }}`. What a template writes stays in its folder.
"""

import functools
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from gitops_lab.errors import Place, UsageError

MAX_SOURCE = 1_000_000
MAX_OUTPUT = 5_000_000
MAX_RANGE = 1_000
MAX_FILES = 2_000
MAX_FILE = 10_000_000
SUFFIX = ".j2"
_FILTERS = (
    *("default", "first", "int", "join", "last", "length", "lower"),
    *("replace", "round", "sort", "title", "tojson", "trim", "upper"),
)


class TemplateError(UsageError):
    """A template doesn't render, or would leave its folder."""

    default_reason = "TemplateFailed"


class _Sandbox(SandboxedEnvironment):
    """No attributes of Python's own, no huge numbers, texts or ranges."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """`2 * 3` is fine; `"x" * 10**9` is not."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if not numbers or operator == "**":
            raise jinja2.TemplateRuntimeError(f"`{operator}` is only for numbers, and `**` is off")
        return super().call_binop(context, operator, left, right)


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise jinja2.TemplateRuntimeError(f"a range has {MAX_RANGE} numbers at most")
    return numbers


def _environment() -> SandboxedEnvironment:
    environment = _Sandbox(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    environment.globals = {"range": _range}
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    return environment


_ENVIRONMENT = _environment()
_MARKS = re.compile(r"\{[{%#]|\r")
"""What Jinja2 would change: its marks, and the ends of lines of other systems."""
_KEPT = 256


def render(text: str, values: Mapping[str, Any], *, file: str = "", line: int = 1) -> str:
    """A text with its names filled in.

    `file` and `line` (of the text's first line) only serve the error. Raises `TemplateError`.
    """
    if len(text) > MAX_SOURCE:
        raise _error(f"a template of {len(text):,} characters is too long", file, line)
    try:
        if not _MARKS.search(text):
            return text
        template = _compiled(text)
        return "".join(_limited(template.generate(**values)))
    except jinja2.TemplateSyntaxError as error:
        raise _error(f"{error.message}", file, line + error.lineno - 1) from error
    except jinja2.UndefinedError as error:
        known = ", ".join(sorted(values)) or "none"
        at = line + _line_of(error) - 1
        raise _error(f"{error.message}; the parameters are: {known}", file, at) from error
    except (jinja2.TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise _error(f"{error}", file, line) from error


@functools.lru_cache(_KEPT)
def _compiled(text: str) -> jinja2.Template:
    """A lab's texts are rendered for each of its answers; to read them takes most of the time."""
    return _ENVIRONMENT.from_string(text)


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


def _limited(pieces: Iterator[str]) -> Iterator[str]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_OUTPUT:
            raise jinja2.TemplateRuntimeError(f"writes more than {MAX_OUTPUT:,} characters")
        yield piece


def _line_of(error: jinja2.UndefinedError) -> int:
    """The template's line, which Jinja2 puts into the traceback alone."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno or 1 for frame in frames if frame.filename == "<template>"]
    return lines[-1] if lines else 1


def _error(message: str, file: str, line: int) -> TemplateError:
    return TemplateError(
        f"{message.rstrip('.')}.", place=Place(file, line), hint="Correct the template."
    )

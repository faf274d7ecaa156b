"""Jinja2 in a sandbox, strict about unknown names, with limits."""

import functools
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

MAX_OUTPUT = 5_000_000
MAX_RANGE = 1_000
_KEPT = 256
_FILTERS = (
    *("default", "first", "int", "join", "last", "length", "lower"),
    *("replace", "round", "sort", "title", "tojson", "trim", "upper"),
)


class NotFilled(Exception):
    """A text can't be rendered. `line` counts from 1, the text's first."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


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


def fill(text: str, values: Mapping[str, Any]) -> str:
    """A text with its names filled in. Raises `NotFilled`."""
    try:
        return "".join(_limited(_compiled(text).generate(**values)))
    except jinja2.TemplateSyntaxError as error:
        raise NotFilled(f"{error.message}", error.lineno) from error
    except jinja2.UndefinedError as error:
        known = ", ".join(sorted(values)) or "none"
        told = f"{error.message}; the parameters are: {known}"
        raise NotFilled(told, _line_of(error)) from error
    except (jinja2.TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise NotFilled(f"{error}") from error


@functools.lru_cache(_KEPT)
def _compiled(text: str) -> jinja2.Template:
    """A lab's texts are rendered for each of its answers; to read them takes most of the time."""
    return _ENVIRONMENT.from_string(text)


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

"""Texts and switches on the command line need no check, and so no pydantic.

Typer hands every value to pydantic, whose import takes a fifth of the time of a short command.
A text is a text already, and a switch is on or off; all other types go the usual way.
"""

from typing import Any

import typer.core
from typer._coercion import PassThroughRuntimeParam

_core: Any = typer.core
_checked = _core.build_runtime_param


def pass_text_through() -> None:
    """Let typer take options and arguments of type str and bool as they are."""
    _core.build_runtime_param = _unless_text


def _unless_text(descriptor: Any) -> Any:
    if descriptor.annotation not in (str, bool) or descriptor.file_annotation is not None:
        return _checked(descriptor)
    return PassThroughRuntimeParam(
        annotation=descriptor.annotation, parameter_info=descriptor.parameter_info
    )

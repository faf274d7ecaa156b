"""Hard stops for the shape of the code: what no file and no function may grow beyond.

The medians to aim at are a file of 130 lines and a function of 9.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES_A_FILE = 400
MOST_LINES_A_FUNCTION = 60
MOST_PARAMETERS = 6
GENERATED = ROOT / "gitops_lab" / "apiserver" / "types" / "data"

SOURCES = sorted(
    path
    for folder in ("gitops_lab", "tests", "scripts", "labs")
    for path in (ROOT / folder).rglob("*.py")
    if GENERATED not in path.parents
)


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """What a caller must have in mind: not `self`, and not named options that have a default."""
    arguments = function.args
    positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    needed = [
        a.arg
        for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]
    return [name for name in positional + needed if name not in ("self", "cls")]


def _is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command of the command line: its parameters are its options, and typer reads them."""
    arguments = (*function.args.args, *function.args.kwonlyargs)
    return any("typer." in ast.unparse(a.annotation) for a in arguments if a.annotation) or any(
        "command" in ast.unparse(decorator) for decorator in function.decorator_list
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= MOST_LINES_A_FILE, f"{path} has {lines} lines"
    for function in _functions(path):
        length = (function.end_lineno or 0) - function.lineno + 1
        assert length <= MOST_LINES_A_FUNCTION, f"{path}:{function.lineno} has {length} lines"
        if not _is_command(function):
            parameters = _parameters(function)
            assert len(parameters) <= MOST_PARAMETERS, (
                f"{path}:{function.lineno} {function.name} takes {parameters}"
            )


def test_there_is_something_to_measure() -> None:
    assert len(SOURCES) > 50

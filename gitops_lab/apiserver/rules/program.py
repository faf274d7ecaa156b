"""One expression: compiled once, looked at, run.

The library gives no syntax tree, so what is asked of an expression beyond the names in it (which
loops it nests, which fields it reads) is read from its text with strings blanked out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gitops_lab.apiserver.rules.functions import FUNCTIONS

_HERE = " (in container '')"
MACROS = ("all", "exists", "exists_one", "map", "filter")
_OPERATOR = re.compile(r"[@!_\[]")
_STRING = re.compile(
    r"""[rRbB]{0,2}(?:\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
)
_LOOP = re.compile(rf"([\w.\[\]]*)\.({'|'.join(MACROS)})\s*\(\s*([A-Za-z_]\w*)\s*,")
_READ = re.compile(r"(?<![\w.\])'])(self|oldSelf)((?:\.[A-Za-z_]\w*(?![\w(]|\s*\())+)")
_WORD = re.compile(r"\S+")
_BUILT_IN = frozenset(
    _WORD.findall(
        """size contains startsWith endsWith matches has type dyn int uint double string bool bytes
        duration timestamp getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours
        getMilliseconds getMinutes getMonth getSeconds hasValue value orValue or optional.of
        optional.none optional.ofNonZeroValue"""
    )
)
_TYPES = frozenset(
    _WORD.findall("int uint double string bool bytes list map null_type type optional dyn")
)


class CelError(Exception):
    """An expression is no CEL, or CEL that can't be evaluated here; or it failed."""


@dataclass(frozen=True)
class Loop:
    """A macro over `receiver`, inside of `depth` others."""

    receiver: str
    variable: str
    depth: int


@dataclass(frozen=True)
class Expression:
    """A compiled expression."""

    text: str
    program: Any
    loops: tuple[Loop, ...]

    @property
    def depth(self) -> int:
        """How deeply its loops are nested; 0 without any."""
        return max((loop.depth + 1 for loop in self.loops), default=0)

    @property
    def uses_old_self(self) -> bool:
        """Whether it compares with the object before."""
        return "oldSelf" in self.program.variables()

    def reads(self) -> list[tuple[int, tuple[str, ...]]]:
        """The paths below self and oldSelf that it names, each with where its first point is."""
        found = _READ.finditer(blanked(self.text))
        return [(each.start(2), tuple(each[2].strip(".").split("."))) for each in found]

    def run(self, variables: Mapping[str, Any]) -> Any:
        """Its value. Raises CelError in the words that Kubernetes uses."""
        import cel

        context = cel.Context(dict(variables))
        for name, function in FUNCTIONS.items():
            context.add_function(name, function)
        try:
            return self.program.execute(context)
        except KeyError as error:
            raise CelError(f"no such key: {error.args[0]}") from None
        except TypeError as error:
            raise CelError(f"no such overload: {_short(error)}") from None
        except ZeroDivisionError:
            raise CelError("division by zero") from None
        except (ValueError, RuntimeError, OverflowError, LookupError) as error:
            raise CelError(_short(error)) from None


def _short(error: Exception) -> str:
    return " ".join(str(error).split())


RULE_NAMES = frozenset({"self", "oldSelf"})


@lru_cache(maxsize=2048)
def compiled(text: str, names: frozenset[str] = RULE_NAMES) -> Expression:
    """The expression of a text that may speak of `names`. Raises CelError."""
    try:
        import cel
    except ImportError:
        raise CelError(
            "rules need a package that is not installed: pip install 'gitops-lab[cel]'"
        ) from None
    try:
        program = cel.compile(text)
    except ValueError as error:
        raise CelError(
            (str(error).partition(": ")[2] or str(error)).replace("\n| ", "\n | ")
        ) from None
    found = Expression(text, program, tuple(_loops(blanked(text))))
    _check_names(found, names)
    return found


def _check_names(expression: Expression, names: frozenset[str]) -> None:
    known = _BUILT_IN | FUNCTIONS.keys()  # a macro that was understood is none any more
    for name in expression.program.functions():
        if not _OPERATOR.match(name) and name not in known:
            start = _position(rf"(?<!\w){re.escape(name)}\s*\(", expression.text, len(name))
            raise located(expression.text, start, f"undeclared reference to '{name}'{_HERE}")
    bound = {*names, *(loop.variable for loop in expression.loops)} | _TYPES
    for name in expression.program.variables():
        if name not in bound and not name.startswith("@"):
            start = _position(rf"(?<![\w.]){re.escape(name)}(?!\w)", expression.text, 0)
            raise located(expression.text, start, f"undeclared reference to '{name}'{_HERE}")


def _position(pattern: str, text: str, after: int) -> int:
    found = re.search(pattern, blanked(text))
    return found.start() + after if found else 0


def located(text: str, start: int, why: str) -> CelError:
    """What is wrong at a position, as CEL's own compiler shows it."""
    lines = text[:start].split("\n")
    column = len(lines[-1])
    line = text.split("\n")[len(lines) - 1]
    shown = f"\n | {line}\n | {'.' * column}^"
    return CelError(f"ERROR: <input>:{len(lines)}:{column + 1}: {why}{shown}")


def blanked(text: str) -> str:
    """The text with the content of strings replaced, character by character."""
    return _STRING.sub(lambda match: "'" + "_" * (len(match[0]) - 2) + "'", text)


def _loops(text: str) -> list[Loop]:
    found = []
    ends: list[int] = []
    for match in _LOOP.finditer(text):
        ends = [end for end in ends if end > match.start()]
        found.append(Loop(match[1], match[3], len(ends)))
        ends.append(_closing(text, text.index("(", match.end(2))))
    return found


def _closing(text: str, start: int) -> int:
    """Where the parenthesis at `start` is closed."""
    level = 0
    for index in range(start, len(text)):
        level += {"(": 1, ")": -1}.get(text[index], 0)
        if level == 0:
            return index
    return len(text)

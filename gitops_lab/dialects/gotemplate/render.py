"""Executing a template with data."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from gitops_lab.dialects.gotemplate.errors import ArgumentError, CallError, TemplateError
from gitops_lab.dialects.gotemplate.functions import FUNCTIONS, REFUSED
from gitops_lab.dialects.gotemplate.lexer import column_of, line_of
from gitops_lab.dialects.gotemplate.nodes import (
    Branch,
    Call,
    Chain,
    Dot,
    Include,
    Jump,
    Literal,
    Node,
    Operand,
    Pipe,
    Show,
    Text,
    Variable,
)
from gitops_lab.dialects.gotemplate.parse import Parser
from gitops_lab.dialects.gotemplate.signature import Function
from gitops_lab.dialects.gotemplate.values import MISSING, Missing, is_true, show, text

_DEEPEST = 200
_MOST_OUTPUT = 4_000_000
_MOST_STEPS = 500_000
_OPTIONS = {
    "missingkey=default": "default",
    "missingkey=invalid": "default",
    "missingkey=zero": "default",
    "missingkey=error": "error",
}
"""A map of anything has nil as zero value, so `zero` prints as `default` does."""


_WORDS = {"int": "integer", "string": "string", "bool": "boolean", "float64": "float"}


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


def render(
    template: str,
    data: Any,
    *,
    options: Iterable[str] = (),
    functions: Mapping[str, Function] | None = None,
    name: str = "",
) -> str:
    """The template filled with the data. Raises TemplateError."""
    return Template(template, options=options, functions=functions, name=name).execute(data)


class Template:
    """A parsed template; `functions` come on top of Go's and Sprig's."""

    def __init__(
        self,
        template: str,
        *,
        options: Iterable[str] = (),
        functions: Mapping[str, Function] | None = None,
        name: str = "",
    ) -> None:
        self.text = template
        self.name = name
        self.functions = {**FUNCTIONS, **(functions or {})}
        self.strict = False
        for option in options:
            if option not in _OPTIONS:
                raise TemplateError(f"unrecognized option: {option}")
            self.strict = _OPTIONS[option] == "error"
        parser = Parser(template, self.functions.keys(), name, REFUSED)
        self.nodes = parser.parse()
        self.definitions = parser.definitions

    def execute(self, data: Any) -> str:
        """Fill in the data. Raises TemplateError."""
        run = _Run(self)
        run.nodes(self.nodes, data, {"$": data})
        return "".join(run.output)


Scope = dict[str, Any]


class _Run:
    """One execution."""

    def __init__(self, template: Template) -> None:
        self.output: list[str] = []
        self._template = template
        self._size = 0
        self._steps = 0
        self._depth = 0

    def nodes(self, nodes: Iterable[Node], dot: Any, scope: Scope) -> None:
        for node in nodes:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise TemplateError(f"template: {self._template.name}: it does not come to an end")
            if isinstance(node, Text):
                self._write(node.text)
            elif isinstance(node, Show):
                value = self._pipe(node.pipe, dot, scope)
                if not node.pipe.names:
                    self._write(show(value))
            elif isinstance(node, Branch):
                self._branch(node, dot, scope)
            elif isinstance(node, Include):
                self._include(node, dot, scope)
            elif isinstance(node, Jump):
                raise _Break if node.kind == "break" else _Continue

    def _write(self, piece: str) -> None:
        self._size += len(piece)
        if self._size > _MOST_OUTPUT:
            raise TemplateError(f"template: {self._template.name}: it gives more than 4 MB of text")
        self.output.append(piece)

    def _branch(self, node: Branch, dot: Any, scope: Scope) -> None:
        inner = _Nested(scope)
        if node.kind == "range":
            self._range(node, dot, inner)
            return
        value = self._pipe(node.pipe, dot, inner)
        if is_true(value):
            self.nodes(node.yes, value if node.kind == "with" else dot, inner)
        else:
            self.nodes(node.no, dot, inner)

    def _range(self, node: Branch, dot: Any, scope: Scope) -> None:
        names = node.pipe.names
        value = self._pipe(Pipe(node.pipe.commands, at=node.pipe.at), dot, scope)
        empty = True
        for key, item in self._items(value, node.pipe):
            empty = False
            inner = _Nested(scope) if node.pipe.declares else scope
            if len(names) == 1:
                _assign(inner, names[0], item, declares=node.pipe.declares)
            elif names:
                _assign(inner, names[0], key, declares=node.pipe.declares)
                _assign(inner, names[1], item, declares=node.pipe.declares)
            try:
                self.nodes(node.yes, item, inner)
            except _Break:
                break
            except _Continue:
                continue
        if empty:
            self.nodes(node.no, dot, scope)

    def _items(self, value: Any, pipe: Pipe) -> Iterator[tuple[Any, Any]]:
        if value is None or isinstance(value, Missing):
            return iter(())
        if isinstance(value, int) and not isinstance(value, bool):
            return ((number, number) for number in range(value))
        if isinstance(value, Mapping):
            return ((key, value[key]) for key in sorted(value))
        if isinstance(value, list | tuple):
            return iter(enumerate(value))
        shown = " | ".join(map(_operand_shown, pipe.commands))
        raise self._error(pipe.at, shown, f"range can't iterate over {text(value)}")

    def _include(self, node: Include, dot: Any, scope: Scope) -> None:
        nodes = self._template.definitions.get(node.name)
        if nodes is None:
            shown = f'{{{{template "{node.name}"}}}}'
            raise self._error(node.at, shown, f'template "{node.name}" not defined')
        value = self._pipe(node.pipe, dot, scope) if node.pipe else None
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(node.at, "", "exceeded maximum template depth (100000)")
        self.nodes(nodes, value, {"$": value})
        self._depth -= 1

    def _pipe(self, pipe: Pipe, dot: Any, scope: Scope) -> Any:
        value: Any = None
        for number, command in enumerate(pipe.commands):
            final = (value,) if number else ()
            value = self._value(command, dot, scope, final)
        for name in pipe.names:
            _assign(scope, name, value, declares=pipe.declares)
        return value

    def _value(self, node: Operand, dot: Any, scope: Scope, final: tuple[Any, ...] = ()) -> Any:
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Dot):
            return dot
        if isinstance(node, Variable):
            return scope[node.name]
        if isinstance(node, Pipe):
            return self._pipe(node, dot, scope)
        if isinstance(node, Call):
            return self._call(node, dot, scope, final)
        value = dot if node.start is None else self._value(node.start, dot, scope)
        for number, name in enumerate(node.fields):
            value = self._field(value, name, node, number)
        return value

    def _field(self, value: Any, name: str, node: Chain, number: int) -> Any:
        shown = _shown(node, number + 1)
        if isinstance(value, Mapping):
            if name in value:
                return value[name]
            if self._template.strict:
                raise self._error(node.at, shown, f'map has no entry for key "{name}"')
            return MISSING
        if isinstance(value, Missing):
            if self._template.strict:
                raise self._error(node.at, shown, f'nil data; no entry for key "{name}"')
            return MISSING
        if value is None:
            raise self._error(node.at, shown, f"nil pointer evaluating interface {{}}.{name}")
        raise self._error(node.at, shown, f"can't evaluate field {name} in type interface {{}}")

    def _call(self, node: Call, dot: Any, scope: Scope, final: tuple[Any, ...]) -> Any:
        if node.name in ("and", "or"):
            return self._lazily(node, dot, scope, final)
        arguments = [self._value(one, dot, scope) for one in node.arguments] + list(final)
        function = self._template.functions[node.name]
        try:
            return function(node.name, arguments)
        except ArgumentError as error:
            raise self._refusal(node, error) from error
        except CallError as error:
            problem = f"error calling {node.name}: {error}"
            raise self._error(node.at, _call_shown(node), problem) from error

    def _refusal(self, node: Call, error: ArgumentError) -> TemplateError:
        """An argument does not fit: say which, and what stands there."""
        if not 0 <= error.index < len(node.arguments):
            shown = _call_shown(node) if error.index >= 0 else node.name
            return self._error(node.at, shown, str(error))
        one = node.arguments[error.index]
        shown, problem = _operand_shown(one), str(error)
        if isinstance(one, Literal) and error.wanted in _WORDS:
            problem = f"expected {_WORDS[error.wanted]}; found {shown}"
        return self._error(one.at, shown, problem)

    def _lazily(self, node: Call, dot: Any, scope: Scope, final: tuple[Any, ...]) -> Any:
        """and, or: the rest is not looked at once the answer is known."""
        if not node.arguments and not final:
            raise self._error(
                node.at, node.name, f"wrong number of args for {node.name}: want at least 1 got 0"
            )
        value: Any = None
        operands: Sequence[Callable[[], Any]] = [
            *(lambda one=one: self._value(one, dot, scope) for one in node.arguments),
            *(lambda one=one: one for one in final),
        ]
        for operand in operands:
            value = operand()
            if is_true(value) == (node.name == "or"):
                break
        return value

    def _error(self, at: int, shown: str, problem: str) -> TemplateError:
        name, source = self._template.name, self._template.text
        line = line_of(source, at)
        column = column_of(source, at)
        where = f'template: {name}:{line}:{column}: executing "{name}" at <{shown}>'
        return TemplateError(f"{where}: {problem}")


class _Nested(dict[str, Any]):
    """Variables of a block; those around it are seen, and may be assigned to."""

    def __init__(self, around: Scope) -> None:
        super().__init__()
        self.around = around

    def __missing__(self, name: str) -> Any:
        return self.around[name]


def _assign(scope: Scope, name: str, value: Any, *, declares: bool) -> None:
    while not declares and isinstance(scope, _Nested) and name not in scope:
        scope = scope.around
    scope[name] = value


def _shown(node: Chain, fields: int) -> str:
    start = "" if node.start is None else _operand_shown(node.start)
    return start + "".join(f".{name}" for name in node.fields[:fields])


def _operand_shown(node: Operand) -> str:
    if isinstance(node, Literal):
        return node.text
    if isinstance(node, Dot):
        return "."
    if isinstance(node, Variable):
        return node.name
    if isinstance(node, Chain):
        return _shown(node, len(node.fields))
    if isinstance(node, Call):
        return _call_shown(node)
    return f"({' | '.join(map(_operand_shown, node.commands))})"


def _call_shown(node: Call) -> str:
    return " ".join([node.name, *map(_operand_shown, node.arguments)])

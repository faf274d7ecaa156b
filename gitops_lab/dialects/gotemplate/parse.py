"""Tokens to nodes, by Go's grammar."""

import ast
from collections.abc import Collection
from typing import NoReturn

from gitops_lab.dialects.gotemplate.errors import TemplateError
from gitops_lab.dialects.gotemplate.lexer import Token, column_of, line_of, tokens
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

_CONSTANTS = {"true": True, "false": False, "nil": None}
_BRANCHES = ("if", "with", "range")
_END = Token("end", "EOF", 0)
_DEEPEST = 50


class Parser:
    """Parses one template; `definitions` are those of its define and block actions."""

    def __init__(self, text: str, functions: Collection[str], name: str, hints: str = "") -> None:
        self._text = text
        self._name = name
        self._functions = functions
        self._hinted = frozenset(hints.split())
        self._tokens = list(tokens(text, name))
        self._next = 0
        self._variables = ["$"]
        self._depth = 0
        self._loops = 0
        self.definitions: dict[str, tuple[Node, ...]] = {}

    def parse(self) -> tuple[Node, ...]:
        """The nodes of the whole. Raises TemplateError."""
        nodes, end = self._nodes()
        if end:
            self._fail(f"unexpected {{{{{end}}}}}")
        return nodes

    def _nodes(self, *, may_end: bool = False) -> tuple[tuple[Node, ...], str]:
        """Nodes up to else or end, and which; "" at the end of the text."""
        found: list[Node] = []
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail("actions are nested too deeply")
        while (token := self._take()).kind != "end":
            if token.kind == "text":
                found.append(Text(token.text))
                continue
            self._next -= 1
            word = self._peek().text if self._peek().kind == "word" else ""
            if word in ("end", "else"):
                self._take()
                self._depth -= 1
                if word == "end":
                    self._close("end")
                return tuple(found), word
            node = self._action(word)
            found += [node] if node is not None else []
        self._depth -= 1
        if may_end:
            self._fail("unexpected EOF")
        return tuple(found), ""

    def _action(self, word: str) -> Node | None:
        if word in _BRANCHES:
            self._take()
            return self._branch(word)
        if word in ("break", "continue"):
            self._take()
            if not self._loops:
                self._fail(f"{{{{{word}}}}} outside {{{{range}}}}")
            self._close(word)
            return Jump(word)
        if word == "define":
            self._take()
            self._definition()
            return None
        if word in ("template", "block"):
            self._take()
            return self._include(word)
        pipe = self._pipe("command")
        self._close("command")
        return Show(pipe)

    def _branch(self, kind: str) -> Branch:
        known = len(self._variables)
        pipe = self._pipe(kind)
        self._close(kind)
        self._loops += kind == "range"
        yes, end = self._nodes(may_end=True)
        self._loops -= kind == "range"
        no: tuple[Node, ...] = ()
        if end == "else":
            again = self._peek().text
            if again == kind and kind in ("if", "with"):
                self._take()
                no = (self._branch(kind),)
            else:
                self._close("else")
                no, end = self._nodes(may_end=True)
                if end != "end":
                    self._fail("expected end; found {{else}}")
        del self._variables[known:]
        return Branch(kind, pipe, yes, no)

    def _definition(self) -> None:
        name = self._quoted("define clause")
        self._close("define")
        known, self._variables = self._variables, ["$"]
        self.definitions[name], end = self._nodes(may_end=True)
        self._variables = known
        if end != "end":
            self._fail("unexpected {{else}} in define clause")

    def _include(self, word: str) -> Include:
        at = self._peek().at
        name = self._quoted(f"{word} clause")
        pipe = None if self._peek().kind == "close" else self._pipe(word)
        self._close(word)
        if word == "block":
            known, self._variables = self._variables, ["$"]
            self.definitions[name], _ = self._nodes(may_end=True)
            self._variables = known
        return Include(name, pipe, at)

    def _pipe(self, context: str) -> Pipe:
        at = self._peek().at
        names, declares = self._names(context)
        commands: list[Operand] = [self._command(first=True, context=context)]
        while self._peek().kind == "pipe":
            self._take()
            if self._peek().kind in ("close", "shut"):  # Go lets a pipe end nowhere
                break
            commands.append(self._command(first=False, context=context))
        if declares:
            self._variables += names
        return Pipe(tuple(commands), tuple(names), declares, at)

    def _names(self, context: str) -> tuple[list[str], bool]:
        """`$x :=`, `$x =` or, for range, `$i, $x :=` at the beginning of a pipeline."""
        start, names = self._next, []
        while self._peek().kind == "variable":
            names.append(self._take().text)
            separator = self._take()
            if separator.kind in ("declare", "assign"):
                if separator.kind == "assign":
                    self._known(*names)
                if len(names) > (2 if context == "range" else 1):
                    self._fail(f"too many declarations in {context}")
                return names, separator.kind == "declare"
            if separator.kind != "comma" or context != "range":
                break
        self._next = start
        return [], False

    def _command(self, *, first: bool, context: str) -> Operand:
        token = self._peek()
        if token.kind == "word" and token.text not in _CONSTANTS:
            return self._call()
        if token.kind in ("close", "pipe", "shut"):
            self._fail(f"missing value for {context}")
        operand = self._operand(context)
        if self._starts_operand(self._peek()):
            if isinstance(operand, Chain):
                name = operand.fields[-1]
                self._refuse(token, f"{name} is not a method but has arguments")
            self._refuse(token, f"can't give argument to non-function {token.text}")
        if not first:
            self._fail("non executable command in pipeline stage 2")
        if isinstance(operand, Literal) and operand.value is None:
            self._refuse(token, "nil is not a command")
        return operand

    def _call(self) -> Call:
        token = self._take()
        if token.text not in self._functions:
            if token.text in self._hinted:
                self._fail(f'function "{token.text}" of Sprig is not supported here')
            self._fail(f'function "{token.text}" not defined')
        arguments: list[Operand] = []
        while self._starts_operand(self._peek()):
            arguments.append(self._operand("command"))
        if self._peek().kind not in ("close", "pipe", "shut"):
            self._fail(f'unexpected "{self._peek().text}" in operand')
        return Call(token.text, tuple(arguments), token.at)

    @staticmethod
    def _starts_operand(token: Token) -> bool:
        kinds = ("number", "string", "raw", "char", "variable", "field", "dot", "open", "word")
        return token.kind in kinds

    def _operand(self, context: str) -> Operand:
        token = self._take()
        start: Operand | None = None
        if token.kind == "field":
            return self._fields(None, token, [token.text[1:]])
        if token.kind in ("number", "string", "raw", "char"):
            return Literal(_constant(token), token.text, token.at)
        if token.kind == "dot":
            start = Dot(token.at)
        elif token.kind == "variable":
            self._known(token.text)
            start = Variable(token.text, token.at)
        elif token.kind == "open":
            start = self._pipe("parenthesized pipeline")
            if self._take().kind != "shut":
                self._fail('unexpected "}" in parenthesized pipeline')
        elif token.kind == "word" and token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text], token.text, token.at)
        elif token.kind == "word":
            self._next -= 1
            name = self._take()
            if name.text not in self._functions:
                self._next -= 1
                return self._call()
            return Call(name.text, (), name.at)
        if start is None:
            self._fail(f'unexpected "{token.text}" in {context}')
        return self._fields(start, token, [])

    def _fields(self, start: Operand | None, token: Token, fields: list[str]) -> Operand:
        at = token.at
        if self._peek().kind == "field" and not self._peek().spaced:
            at = self._peek().at  # where Go says that a chain stands
        while self._peek().kind == "field" and not self._peek().spaced:
            fields.append(self._take().text[1:])
        if not fields and start is not None:
            return start
        return Chain(start, tuple(fields), at)

    def _known(self, *names: str) -> None:
        for name in names:
            if name not in self._variables:
                self._fail(f'undefined variable "{name}"')

    def _quoted(self, context: str) -> str:
        token = self._take()
        if token.kind not in ("string", "raw"):
            self._fail(f'unexpected "{token.text}" in {context}')
        return str(_constant(token))

    def _close(self, context: str) -> None:
        token = self._take()
        if token.kind != "close":
            self._fail(f'unexpected "{token.text}" in {context}')

    def _peek(self) -> Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else _END

    def _take(self) -> Token:
        token = self._peek()
        self._next += 1
        return token

    def _refuse(self, token: Token, problem: str) -> NoReturn:
        """Refuse what parses, but can't be executed."""
        line, column = line_of(self._text, token.at), column_of(self._text, token.at)
        where = (
            f'template: {self._name}:{line}:{column}: executing "{self._name}" at <{token.text}>'
        )
        raise TemplateError(f"{where}: {problem}")

    def _fail(self, problem: str) -> NoReturn:
        before = self._tokens[min(max(self._next - 1, 0), len(self._tokens) - 1)]
        at = len(self._text) if self._next > len(self._tokens) else before.at
        raise TemplateError(f"template: {self._name}:{line_of(self._text, at)}: {problem}")


def _constant(token: Token) -> object:
    text = token.text
    if token.kind == "raw":
        return text[1:-1].replace("\r", "")
    if token.kind == "string":
        return _unquoted(text)
    if token.kind == "char":
        return ord(_unquoted('"' + text[1:-1].replace('"', '\\"').replace("\\'", "'") + '"'))
    plain = text.replace("_", "")
    if any(mark in plain.lower() for mark in ".e") and "x" not in plain.lower():
        return float(plain)
    if len(plain) > 1 and plain.lstrip("+-").startswith("0") and plain.lstrip("+-").isdecimal():
        return int(plain, 8)
    return int(plain, 0)


def _unquoted(text: str) -> str:
    """A string as Go writes it; Python's escapes are a superset of those in use."""
    return str(ast.literal_eval(text))

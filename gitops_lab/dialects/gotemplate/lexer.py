"""A template's text as tokens: what stands outside of actions, and what is in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gitops_lab.dialects.gotemplate.errors import TemplateError

_ACTION = re.compile(r"\{\{(-(?=\s))?")
_COMMENT = re.compile(r"\s*/\*.*?\*/\s*(-(?=\}\}))?\}\}", re.DOTALL)
_SPACES = " \t\r\n"
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<close>(?:(?<=[ \t\r\n])-)?\}\})
  | (?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+
        |(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![\w.]))
  | (?P<string>"(?:\\.|[^"\\\n])*")
  | (?P<raw>`[^`]*`)
  | (?P<char>'(?:\\.[^']*|[^'\\\n])')
  | (?P<variable>\$\w*)
  | (?P<field>\.[^\W\d]\w*)
  | (?P<dot>\.)
  | (?P<declare>:=)
  | (?P<assign>=)
  | (?P<pipe>\|)
  | (?P<comma>,)
  | (?P<open>\()
  | (?P<shut>\))
  | (?P<word>[^\W\d]\w*)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """A piece; `at` is its place in the text. `spaced` tells whether space stands before it."""

    kind: str
    text: str
    at: int
    spaced: bool = False


def line_of(text: str, at: int) -> int:
    """The line of a place, from 1."""
    return text.count("\n", 0, at) + 1


def column_of(text: str, at: int) -> int:
    """The column of a place, from 0."""
    return at - (text.rfind("\n", 0, at) + 1)


def tokens(text: str, name: str = "") -> Iterator[Token]:
    """The tokens of a template. Raises TemplateError."""
    at, trim = 0, False
    while match := _ACTION.search(text, at):
        plain = text[at : match.start()]
        if trim:
            plain = plain.lstrip(_SPACES)
        if match[1]:
            plain = plain.rstrip(_SPACES)
        if plain:
            yield Token("text", plain, at)
        at = match.end()
        if comment := _COMMENT.match(text, at):
            at, trim = comment.end(), bool(comment[1])
            continue
        trim = False
        for token in _action(text, at, name):
            if token.kind == "close":
                at, trim = token.at + len(token.text), token.text.startswith("-")
            yield token
    rest = text[at:].lstrip(_SPACES) if trim else text[at:]
    if rest:
        yield Token("text", rest, at)


def _action(text: str, at: int, name: str) -> Iterator[Token]:
    spaced, depth = False, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unexpected(text, at, name)
        kind = str(match.lastgroup)
        at = match.end()
        if kind == "space":
            spaced = True
            continue
        depth += (kind == "open") - (kind == "shut")
        if kind == "close" and depth > 0:
            raise TemplateError(_at(text, at, name) + "unclosed left paren")
        yield Token(kind, match[0], match.start(), spaced)
        spaced = False
        if kind == "close":
            return
    raise TemplateError(_at(text, len(text), name) + "unclosed action")


def _unexpected(text: str, at: int, name: str) -> TemplateError:
    char = text[at]
    what = {
        '"': "unterminated quoted string",
        "`": "unterminated raw quoted string",
        "'": "unterminated character constant",
    }.get(char)
    if what is None and re.match(r"[+-]?[0-9]", text[at:]):
        number = re.match(r"[+-]?[\w.]+", text[at:])
        what = f'bad number syntax: "{number[0] if number else char}"'
    if what is None:
        what = f"unexpected bad character U+{ord(char):04X} '{char}' in action"
        what = what if char not in "{}" else f'unexpected "{char}" in operand'
    return TemplateError(_at(text, at, name) + what)


def _at(text: str, at: int, name: str) -> str:
    return f"template: {name}:{line_of(text, at)}: "

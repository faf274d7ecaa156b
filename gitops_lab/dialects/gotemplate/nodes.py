"""What a template is made of, once parsed."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Literal:
    """A constant; `text` as written."""

    value: Any
    text: str
    at: int


@dataclass(frozen=True)
class Dot:
    """`.`."""

    at: int


@dataclass(frozen=True)
class Variable:
    """`$name`; `$` is the data that the template was given."""

    name: str
    at: int


@dataclass(frozen=True)
class Chain:
    """`start.a.b`; a start of None is the dot."""

    start: "Operand | None"
    fields: tuple[str, ...]
    at: int


@dataclass(frozen=True)
class Call:
    """A function with its arguments; what a pipe hands on comes last."""

    name: str
    arguments: "tuple[Operand, ...]"
    at: int


@dataclass(frozen=True)
class Pipe:
    """Commands, each given what the one before returned; maybe names for the outcome."""

    commands: "tuple[Operand, ...]"
    names: tuple[str, ...] = ()
    declares: bool = False
    at: int = 0


Operand = Literal | Dot | Variable | Chain | Call | Pipe


@dataclass(frozen=True)
class Text:
    """What stands outside of actions."""

    text: str


@dataclass(frozen=True)
class Show:
    """`{{ pipeline }}`."""

    pipe: Pipe


@dataclass(frozen=True)
class Branch:
    """if, with or range: a list of nodes for yes, and one for no."""

    kind: str
    pipe: Pipe
    yes: "tuple[Node, ...]"
    no: "tuple[Node, ...]"


@dataclass(frozen=True)
class Include:
    """`{{ template "name" pipeline }}`."""

    name: str
    pipe: Pipe | None
    at: int


@dataclass(frozen=True)
class Jump:
    """break or continue."""

    kind: str


Node = Text | Show | Branch | Include | Jump

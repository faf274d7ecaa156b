"""What a function takes, checked as Go checks it before it calls.

A signature is a letter for each parameter: `s` string, `i` int, `f` float64, `b` bool, `l` list,
`m` map, `a` anything. A letter with `*` takes all the rest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitops_lab.dialects.gotemplate.errors import ArgumentError
from gitops_lab.dialects.gotemplate.values import Missing, type_of

_TYPES = {
    "s": ("string", str),
    "i": ("int", int),
    "f": ("float64", float),
    "b": ("bool", bool),
    "m": ("map[string]interface {}", Mapping),
    "l": ("[]interface {}", list),
}


@dataclass(frozen=True)
class Function:
    """A function of templates: what it takes, and what it does."""

    signature: str
    call: Callable[..., Any]

    def __call__(self, name: str, arguments: Sequence[Any]) -> Any:
        """Check the arguments and call. Raises CallError with Go's words."""
        letters = self.signature.rstrip("*")
        open_ended = self.signature.endswith("*")
        least = len(letters) - open_ended
        if len(arguments) < least or (len(arguments) > least and not open_ended):
            want = f"at least {least}" if open_ended else str(least)
            raise ArgumentError(
                f"wrong number of args for {name}: want {want} got {len(arguments)}"
            )
        kinds = letters[:least] + letters[-1:] * (len(arguments) - least)
        pairs = zip(kinds, arguments, strict=True)
        return self.call(*(_checked(at, kind, value) for at, (kind, value) in enumerate(pairs)))


def _checked(at: int, kind: str, value: Any) -> Any:
    value = None if isinstance(value, Missing) else value
    if kind == "a":
        return value
    wanted, python = _TYPES[kind]
    if value is None:
        if kind in "lm":
            return [] if kind == "l" else {}
        raise ArgumentError(f"invalid value; expected {wanted}", at, wanted)
    if kind == "f" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, python) or (isinstance(value, bool) and kind != "b"):
        problem = f"wrong type for value; expected {wanted}; got {type_of(value)}"
        raise ArgumentError(problem, at, wanted)
    return value

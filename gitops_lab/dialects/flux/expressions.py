"""Expressions in CEL that Flux's resources bring along: is a dependency ready, an object healthy.

The package is an extra, and its dialect of CEL lacks optional fields and Kubernetes' own functions:
what it can't read is refused in so many words.
"""

from collections.abc import Mapping
from typing import Any


class BadExpression(Exception):
    """Not CEL, or CEL that we can't read."""


class NotEvaluated(Exception):
    """CEL that can't be worked out for these values, such as a field that isn't there yet."""


class Expression:
    """A compiled expression that is true or false. Raises BadExpression."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            import cel
        except ImportError as error:
            raise BadExpression(
                "expressions in CEL need a package that is not installed: "
                "pip install 'gitops-lab[cel]'"
            ) from error
        try:
            self._program: Any = cel.compile(text)
        except ValueError as error:
            said = str(error).removeprefix(f"Failed to parse expression '{text}': ").rstrip()
            said = said.replace("\n|", "\n |")  # as Go's reader has it
            raise BadExpression(f"failed to parse the CEL expression '{text}': {said}") from error

    def holds(self, variables: Mapping[str, Any]) -> bool:
        """Whether it is true. Raises NotEvaluated."""
        try:
            value = self._program.execute(dict(variables))
        except (ValueError, TypeError, RuntimeError, LookupError) as error:
            said = " ".join(str(error).split())
            told = f"failed to evaluate the CEL expression '{self.text}': {said}"
            raise NotEvaluated(told) from error
        if not isinstance(value, bool):
            raise NotEvaluated(f"the CEL expression '{self.text}' is not true or false: {value!r}")
        return value

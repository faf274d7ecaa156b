"""A readable verdict for a plain assert, and for a test that broke."""

from dataclasses import dataclass

from gitops_lab.checks.verdict import Verdict

_MAX = 200
_COMPARED = {"==": "", "in": "something in ", "not in": "nothing of ", "!=": "not "}


@dataclass(frozen=True)
class Comparison:
    """Both sides of an assert that failed."""

    operator: str
    left: object
    right: object


def verdict_of_error(
    name: str, error: BaseException, comparison: Comparison | None, test: str, trace: str
) -> Verdict:
    """The verdict for an exception that is none of ours.

    `assert seen == expected, "what to do"` gives all three; less gives what it can.
    """
    if not isinstance(error, AssertionError):
        return Verdict(
            name=name,
            passed=False,
            seen=f"the check broke: {type(error).__name__}: {_short(str(error))}",
            expected="a check that runs through",
            next="Run it again with -v; if it stays, this is a fault of the lab.",
            test=test,
            broke=True,
            trace=trace,
        )
    told, assertion = _split(str(error))
    if comparison is None:
        return Verdict(name, False, told or assertion or "no", name, test=test, trace=trace)
    expected = _COMPARED.get(comparison.operator, f"{comparison.operator} ")
    return Verdict(
        name=name,
        passed=False,
        seen=_short(_plain(comparison.left)),
        expected=_short(f"{expected}{_plain(comparison.right)}"),
        next=told,
        test=test,
        trace=trace,
    )


def _split(text: str) -> tuple[str, str]:
    """The author's message, and pytest's own first line (`assert …`)."""
    head, found, rest = text.partition("\nassert ")
    if found:
        return head.strip(), f"assert {rest}".splitlines()[0]
    first = text.strip().partition("\n")[0]
    return ("", first) if first.startswith("assert ") else (text.strip(), "")


def _plain(value: object) -> str:
    return value if isinstance(value, str) and value.strip() else repr(value)


def _short(text: str) -> str:
    return text if len(text) <= _MAX else f"{text[: _MAX - 1]}…"

"""What a check says: a Sight while it looks, a Verdict when it has judged."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Sight:
    """One look: what was seen against what was expected.

    `link` and `next` are for checks that know them; else they come from the chain of `app`, the
    app that should have brought it about. `waits` names what may still come by itself, such as a
    rollout; the engine at work is waited for in any case. `by_hand` says
    that the learner has to do something outside Git, so no link of the chain is to blame;
    `change` is what has to be changed in Git, such as a file.
    """

    passed: bool
    seen: str
    expected: str
    link: str = ""
    next: str = ""
    app: str = ""
    waits: str = ""
    change: str = "it"
    by_hand: bool = False
    details: tuple[str, ...] = ()

    def but(self, **changes: Any) -> "Sight":
        """The same sight with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Verdict:
    """A judged check.

    `link` is the broken link of the chain (commit, revision, render, diff, apply, health; "" when
    there is none to name), `next` what to do, `details` lines for those who want to know more,
    `test` pytest's id of the test, and `trace` its own text of the failure, for `-v` alone. `broke`
    tells that the check itself failed, which is no fault of the learner's.
    """

    name: str
    passed: bool
    seen: str
    expected: str
    link: str = ""
    next: str = ""
    details: tuple[str, ...] = ()
    test: str = ""
    broke: bool = False
    trace: str = field(default="", repr=False)

    def as_data(self) -> dict[str, Any]:
        """Plain values for JSON, without the trace."""
        data = asdict(self) | {"details": list(self.details)}
        del data["trace"]
        return data


class Red(AssertionError):
    """A check that failed, with what it saw."""

    def __init__(self, sight: Sight) -> None:
        super().__init__(f"seen: {sight.seen}; expected: {sight.expected}")
        self.sight = sight

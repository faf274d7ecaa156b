"""Which hint comes next: one that fits what the checks saw, before the general ones. Pure."""

import re
from collections.abc import Iterable, Sequence

from gitops_lab.checks import Verdict
from gitops_lab.lab import Hint, HintRule, Step


def order(step: Step, verdicts: Iterable[Verdict]) -> list[Hint]:
    """The step's hints in the order in which they'd be given now."""
    red = [verdict for verdict in verdicts if not verdict.passed]
    fitting = [h for h in step.hints if not h.when.always and fits(h.when, red)]
    return fitting + [hint for hint in step.hints if hint.when.always]


def choose(step: Step, verdicts: Iterable[Verdict], given: Sequence[str]) -> Hint:
    """The first hint that was not given yet; the last one when all were."""
    hints = order(step, verdicts)
    return next((hint for hint in hints if hint.id not in given), hints[-1])


def fits(rule: HintRule, red: Iterable[Verdict]) -> bool:
    """Whether one red verdict matches everything that a rule names.

    `check` is the name of a test function, `seen` a regular expression for what was seen or for
    a detail of it.
    """
    return any(
        (not rule.check or rule.check in verdict.test)
        and (not rule.link or rule.link == verdict.link)
        and (not rule.seen or _saw(rule.seen, verdict))
        for verdict in red
    )


def _saw(pattern: str, verdict: Verdict) -> bool:
    return any(re.search(pattern, text) for text in (verdict.seen, *verdict.details))

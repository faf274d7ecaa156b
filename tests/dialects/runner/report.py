"""What the comparison came to: for the terminal, and as a page of the site."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.dialects.runner.case import ENGINES
from tests.dialects.runner.compare import Comparison

PAGE = Path(__file__).resolve().parents[3] / "site" / "reference" / "engines-compared.md"
TITLES = {"argocd": "Argo CD", "flux": "Flux"}
MARKS = {"equal": "equal", "listed": "equal but for a listed difference", "different": "different"}
_HEAD = """\
# Compared with the genuine engines

<!-- Written by `scripts/dialects run`; changes by hand are lost. -->

Each row is a scenario of `tests/dialects`: a repository, resources, and what somebody does to them.
It is played on the genuine controllers, against a genuine Kubernetes API server, and on the
built-in engine, many scenarios at a time, and by itself if it differs then; the statuses, objects
and events after each step are compared. Times, identities and addresses do not count, and neither
does what Argo CD's controllers tell or leave out by the moment, so that two recordings of theirs
differ in it; `tests/dialects/runner/moments.py` has a rule for each. `scripts/dialects build` and
`scripts/dialects run` do it again.
"""


def summary(found: Sequence[Comparison]) -> str:
    """A line an engine: `argocd: 61 of 64 equal, 2 listed, 1 different`."""
    lines = []
    for engine in ENGINES:
        verdicts = Counter(each.verdict for each in found if each.outcome.case.engine == engine)
        if verdicts:
            total = sum(verdicts.values())
            lines.append(
                f"{engine}: {verdicts['equal']} of {total} equal, {verdicts['listed']} with listed "
                f"differences only, {verdicts['different']} different"
            )
    return "\n".join(lines)


def page(found: Sequence[Comparison], versions: Mapping[str, Mapping[str, str]], day: str) -> str:
    """The page of the site, in Markdown."""
    parts = [_HEAD]
    for engine in ENGINES:
        rows = [each for each in found if each.outcome.case.engine == engine]
        if rows:
            parts.append(_section(engine, rows, versions[engine], day))
    return "\n".join(parts)


def _section(engine: str, rows: Sequence[Comparison], versions: Mapping[str, str], day: str) -> str:
    equal = sum(each.verdict == "equal" for each in rows)
    listed = sum(each.verdict == "listed" for each in rows)
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [
        f"## {TITLES[engine]}",
        "",
        f"{equal} of {len(rows)} are equal ({100 * equal / len(rows):.0f} %), {listed} more but "
        f"for a difference that is listed below. On {day}, with {named}.",
        "",
        "| scenario | what it shows | result |",
        "|---|---|---|",
    ]
    for each in rows:
        about = each.outcome.case.about.replace("|", "\\|")
        wrong = each.outcome.case.taught_wrong
        about += f" *Often taught wrong: {wrong}.*" if wrong else ""
        lines.append(f"| `{each.outcome.case.name}` | {about} | {MARKS[each.verdict]} |")
    lines += ["", *_reasons(rows)]
    return "\n".join(lines) + "\n"


def _reasons(rows: Sequence[Comparison]) -> list[str]:
    """The listed differences, by reason."""
    cases: dict[str, list[str]] = {}
    for each in rows:
        for why in each.known:
            cases.setdefault(why, []).append(each.outcome.case.name)
    if not cases:
        return []
    lines = ["Differences that stay, and why:", ""]
    for why, names in sorted(cases.items()):
        listed = ", ".join(f"`{name}`" for name in names)
        lines.append(f"- {why} ({listed})")
    return [*lines, ""]

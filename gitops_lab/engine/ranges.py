"""Semver: which of a repository's tags a range picks, as npm's and Flux's ranges read. Pure.

`1.x`, `~1.2`, `^1.2`, `>=1.0 <2.0`, `1.0 - 2.0`, `a || b`. The highest version that fits wins; one
with a pre-release (`2.0.0-rc.1`) counts only where the range names a pre-release of the same
version, or asks with `-0` for all.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import total_ordering

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?\Z")
_PART = re.compile(
    r"(>=|<=|!=|>|<|=|~>|~|\^)?\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?"
    r"(?:-([0-9A-Za-z.-]+))?\Z"
)
_LOOKS_LIKE = re.compile(r"[<>^~*|!=]|\s-\s|(^|\.)[xX*](\.|\s|$)")
_WILD = ("x", "X", "*")


@total_ordering
@dataclass(frozen=True)
class Version:
    """A version; pre-releases come before their release."""

    numbers: tuple[int, int, int]
    pre: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Version | None":
        """`1.2.3`, with or without a leading v; None when it is none."""
        found = _VERSION.match(text)
        if found is None:
            return None
        numbers = (int(found[1]), int(found[2]), int(found[3]))
        return cls(numbers, tuple(found[4].split(".")) if found[4] else ())

    def __lt__(self, other: "Version") -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[object, ...]:
        parts = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in self.pre)
        return (self.numbers, not self.pre, parts)


def is_range(revision: str) -> bool:
    """Whether a revision is a range; the names of branches and tags look like none."""
    return bool(_LOOKS_LIKE.search(revision)) and _alternatives(revision) is not None


def pick(revision: str, tags: Iterable[str]) -> str | None:
    """The tag with the highest version that a range takes; None when no tag fits."""
    alternatives = _alternatives(revision) or []
    fitting = [
        (version, tag)
        for tag in tags
        if (version := Version.parse(tag)) and any(_fits(version, one) for one in alternatives)
    ]
    return max(fitting)[1] if fitting else None


def closest(wanted: str, versions: Sequence[str]) -> str | None:
    """The version as it is named, or in another spelling (v1.2.0 for 1.2.0), or `pick`'s."""
    if wanted in versions:
        return wanted
    parsed = Version.parse(wanted)
    same = (one for one in versions if parsed and Version.parse(one) == parsed)
    return next(same, None) or pick(wanted, versions)


Bound = tuple[str, Version]


def _alternatives(revision: str) -> list[list[Bound]] | None:
    """Bounds of each alternative, or None when the text is no range."""
    found = []
    for alternative in revision.split("||"):
        bounds = _bounds(alternative.strip())
        if bounds is None:
            return None
        found.append(bounds)
    return found


def _bounds(text: str) -> list[Bound] | None:
    low, dash, high = text.partition(" - ")
    words = [f">={low.strip()}", f"<={high.strip()}"] if dash else _words(text)
    bounds: list[Bound] = []
    for word in words:
        one = _bound(word)
        if one is None:
            return None
        bounds += one
    return bounds if words else None


def _words(text: str) -> list[str]:
    joined = re.sub(r"([<>=~^!]+)\s+", r"\1", text.replace(",", " "))
    return joined.split()


def _bound(word: str) -> list[Bound] | None:
    found = _PART.match(word)
    if found is None:
        return None
    sign, given, pre = found[1] or "", [found[2], found[3], found[4]], found[5]
    known = [int(part) for part in given if part is not None and part not in _WILD]
    if not known:
        return []
    low = Version(_filled(known), tuple(pre.split(".")) if pre else ())
    return _by_sign(sign, low, len(known))


def _by_sign(sign: str, low: Version, known: int) -> list[Bound]:
    if sign == "^":
        first = next((i for i, number in enumerate(low.numbers[:known]) if number), known - 1)
        return [(">=", low), ("<", _next(low, first))]
    if sign in ("~", "~>"):
        return [(">=", low), ("<", _next(low, min(known, 2) - 1))]
    if known == 3 or sign in (">=", "<", "!="):
        return [(sign or "=", low)]
    above = _next(low, known - 1)
    if sign in (">", "<="):
        return [(">=", Version(above.numbers)) if sign == ">" else ("<", above)]
    return [(">=", low), ("<", above)]


def _next(version: Version, place: int) -> Version:
    """The first version that differs at a place: its earliest pre-release."""
    numbers = [*version.numbers[:place], version.numbers[place] + 1]
    return Version(_filled(numbers), ("0",))


def _filled(numbers: list[int]) -> tuple[int, int, int]:
    major, minor, patch = [*numbers, 0, 0][:3]
    return (major, minor, patch)


def _fits(version: Version, bounds: list[Bound]) -> bool:
    if version.pre and not any(
        bound.pre and (bound.numbers == version.numbers or bound.pre == ("0",))
        for sign, bound in bounds
        if sign in ("=", ">=", ">")
    ):
        return False
    return all(_holds(version, sign, bound) for sign, bound in bounds)


def _holds(version: Version, sign: str, bound: Version) -> bool:
    return {
        "=": version == bound,
        "!=": version != bound,
        ">": version > bound,
        ">=": version >= bound,
        "<": version < bound,
        "<=": version <= bound,
    }[sign]

"""The tags that scans have found, and which of them a policy wants."""

import json
import re
import threading
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gitops_lab.engine.ranges import Version, is_range, pick

_KINDS = ("semver", "alphabetical", "numerical")


class InvalidPolicy(Exception):
    """A policy that can't be read; nothing helps but to correct it."""


class NoTag(Exception):
    """No tag is what the policy wants."""


class TagDatabase:
    """Tags by the image's full name, as of the last scan. Thread-safe; it ends with the process."""

    def __init__(self) -> None:
        self._tags: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    def put(self, image: str, tags: Sequence[str]) -> str:
        """Keep what a scan has found; its checksum."""
        text = json.dumps(sorted(tags, reverse=True), separators=(",", ":"))
        with self._lock:
            self._tags[image] = tuple(tags)
        return str(zlib.adler32(text.encode()))

    def get(self, image: str) -> tuple[str, ...]:
        """The tags; none when the image was not scanned."""
        with self._lock:
            return self._tags.get(image, ())


def without(tags: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """The tags that no pattern of an exclusion list matches. Raises InvalidPolicy."""
    compiled = [compile_pattern(one) for one in patterns]
    return [tag for tag in tags if not any(one.search(tag) for one in compiled)]


def compile_pattern(pattern: str) -> "re.Pattern[str]":
    """A regular expression. Raises InvalidPolicy."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise InvalidPolicy(f"failed to compile regex {pattern}: {error}") from error


def latest(tags: Sequence[str], policy: Mapping[str, Any], only: Mapping[str, Any] | None) -> str:
    """The tag that a policy wants, of those that a filter lets through.

    Raises InvalidPolicy and NoTag, in image-reflector-controller's words.
    """
    found = {tag: tag for tag in tags} if only is None else _filtered(tags, only)
    return found[_latest(list(found), policy)]


def _filtered(tags: Sequence[str], only: Mapping[str, Any]) -> dict[str, str]:
    """What the filter extracts from a tag -> the tag; of two that give the same, the last."""
    try:
        pattern = re.compile(str(only.get("pattern") or ""))
    except re.error as error:
        told = f"failed to filter tags: invalid regular expression pattern: {error}"
        raise InvalidPolicy(told) from error
    extract = str(only.get("extract") or "")
    found = {}
    for tag in tags:
        if match := pattern.search(tag):
            found[_expanded(extract, match) if extract else tag] = tag
    return found


def _expanded(template: str, match: "re.Match[str]") -> str:
    """Go's Expand: `$name`, `${name}`, `$1`; a group that there is none of is empty."""

    def one(found: "re.Match[str]") -> str:
        name = found[1] or found[2]
        groups: Mapping[str, str | None] = match.groupdict()
        if name.isdigit():
            return (match[int(name)] or "") if int(name) <= match.re.groups else ""
        return groups.get(name) or ""

    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", one, template)


def _latest(tags: list[str], policy: Mapping[str, Any]) -> str:
    kinds = [
        kind for kind in ("semver", "alphabetical", "numerical") if policy.get(kind) is not None
    ]
    if len(kinds) != 1:
        told = "invalid policy: given ImagePolicyChoice object is invalid"
        raise InvalidPolicy(told)
    choice = policy[kinds[0]] or {}
    if kinds == ["semver"]:
        return _by_semver(tags, str(choice.get("range") or ""))
    if not tags:
        raise NoTag("version list argument cannot be empty")
    pick_one = min if choice.get("order") == "desc" else max
    if kinds == ["alphabetical"]:
        return pick_one(tags)
    return pick_one(tags, key=_number)


def _by_semver(tags: list[str], wanted: str) -> str:
    """Only full versions count, as 1.2.3 and v1.2.3: `1.2` is none."""
    if not is_range(f"{wanted} || >=0.0.0"):
        raise InvalidPolicy(f"invalid policy: improper constraint: {wanted}")
    exact = Version.parse(wanted)
    best = pick(wanted, tags)
    if exact is not None:
        best = next((tag for tag in tags if Version.parse(tag) == exact), None)
    if best is None:
        raise NoTag("unable to determine latest version from provided list")
    return best


def _number(tag: str) -> float:
    try:
        return float(tag)
    except ValueError as error:
        raise NoTag(f"failed to parse invalid numeric value '{tag}'") from error

"""Completed indexes of an Indexed Job, as its status writes them: `0-2,5,7-8`. Pure."""

from collections.abc import Iterable


def parse(text: str) -> set[int]:
    """The indexes in a list of numbers and ranges; what is no number is skipped."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first.isdecimal() and (not last or last.isdecimal()):
            found.update(range(int(first), int(last or first) + 1))
    return found


def render(indexes: Iterable[int]) -> str:
    """The shortest list; ranges from three numbers on, pairs by a comma, as Kubernetes has it."""
    ranges: list[list[int]] = []
    for index in sorted(indexes):
        if ranges and ranges[-1][-1] == index - 1:
            ranges[-1].append(index)
        else:
            ranges.append([index])
    return ",".join(_range(one) for one in ranges)


def _range(one: list[int]) -> str:
    if len(one) > 2:
        return f"{one[0]}-{one[-1]}"
    return ",".join(map(str, one))


def first_pending(completions: int, taken: set[int], count: int) -> list[int]:
    """The lowest indexes that have neither succeeded nor a pod at work."""
    return [index for index in range(completions) if index not in taken][:count]

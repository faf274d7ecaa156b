"""Whether a text is a schedule as cron reads one: five fields, or a word such as @daily."""

import re

DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    (
        "month",
        1,
        12,
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ),
    ("day of week", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_RANGE = re.compile(r"(\*|\?|\w+)(?:-(\w+))?(?:/(\d+))?")


def schedule_problem(text: str) -> str:
    """What is wrong with a schedule; "" when it is right."""
    words = text.split()
    if words and re.match(r"(CRON_)?TZ=", words[0]):
        words = words[1:]
    if words[:1] and words[0].startswith("@"):
        every = words[0] == "@every" and len(words) == 2
        known = every or (len(words) == 1 and words[0] in DESCRIPTORS)
        return "" if known else f"unrecognized descriptor: {text}"
    if len(words) != len(FIELDS):
        return f"expected exactly 5 fields, found {len(words)}: [{' '.join(words)}]"
    for word, field in zip(words, FIELDS, strict=True):
        for part in word.split(","):
            if not _fits(part, *field[1:]):
                return f"{word} is not a {field[0]}"
    return ""


def _fits(part: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    match = _RANGE.fullmatch(part)
    if match is None:
        return False
    first, last, step = match.groups()
    if step == "0" or (last and first in "*?"):
        return False
    if first in "*?":
        return True
    start = _number(first, low, names)
    end = _number(last, low, names) if last else start
    return start is not None and end is not None and low <= start <= end <= high


def _number(text: str, low: int, names: tuple[str, ...]) -> int | None:
    if text.isdigit():
        return int(text)
    lower = text.lower()
    return names.index(lower) + low if lower in names else None

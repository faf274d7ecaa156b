"""Shell patterns for paths: `*` and `?` stop at a slash, `**` does not.

A pattern without a slash is matched with the file's name, wherever it stands.
"""

import functools
import re


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether one of the patterns fits a relative path with forward slashes."""
    name = path.rpartition("/")[2]
    return any(
        _compiled(pattern).fullmatch(path if "/" in pattern else name) for pattern in patterns
    )


@functools.lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("./"))
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(piece, re.escape(piece)) for piece in pieces))

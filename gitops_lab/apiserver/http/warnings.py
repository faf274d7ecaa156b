"""Warning headers: each text once, and no more of them than a client can read.

Limits are the genuine server's: once all texts together are too long, each is cut. Beyond it there
are never more than what Python's clients read along with other headers (100 in all).
"""

from collections.abc import Iterable

TOTAL = 4 * 1024  # characters of all texts
EACH = 256  # of one, once they are too long together
MOST = 64
Header = tuple[bytes, bytes]


def warning_headers(texts: Iterable[str]) -> list[Header]:
    """A header for each text, as far as there is room."""
    wanted = list(dict.fromkeys(text for text in texts if text))
    if sum(map(len, wanted)) <= TOTAL:
        return [(b"warning", _value(text)) for text in wanted[:MOST]]
    headers, written = [], 0
    for text in (each[:EACH] for each in wanted[:MOST]):
        if written >= TOTAL:
            break
        written += len(text)
        headers.append((b"warning", _value(text)))
    return headers


def _value(text: str) -> bytes:
    """RFC 7234's code 299, no agent, quoted text."""
    clean = "".join(" " if ord(char) < 32 or ord(char) == 127 else char for char in text)
    quoted = clean.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{quoted}"'.encode("latin-1", "replace")

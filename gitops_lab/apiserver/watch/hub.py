"""All open streams, so that a stopping server can end them."""

from typing import Protocol


class Closable(Protocol):
    """A stream that can be told to end."""

    def close(self) -> None:
        """End it soon; must not block."""


class Hub:
    """The set of open streams."""

    def __init__(self) -> None:
        self._open: set[Closable] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, stream: Closable) -> None:
        """A stream opened."""
        self._open.add(stream)

    def discard(self, stream: Closable) -> None:
        """A stream ended."""
        self._open.discard(stream)

    def close_all(self) -> None:
        """End every stream."""
        for stream in tuple(self._open):
            stream.close()

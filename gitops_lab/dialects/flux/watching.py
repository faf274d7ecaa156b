"""What has watches of its own: they begin and end with it."""

from collections.abc import Sequence
from typing import Protocol


class Watch(Protocol):
    """An informer, or what has some of its own."""

    def start(self) -> None:
        """Begin to watch."""

    def stop(self) -> None:
        """End."""


class Watching:
    """Starts and stops its watches; it is told by them what is news."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self._watches = tuple(watches)

    def start(self) -> None:
        """Begin to watch."""
        for watch in self._watches:
            watch.start()

    def stop(self) -> None:
        """End the watches."""
        for watch in self._watches:
            watch.stop()

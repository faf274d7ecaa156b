"""An engine that dies between two requests, or after one whose answer it does not live to see.

Only writes count: to die before or after a read leaves the cluster as it is. Events don't, since a
thread of its own writes them at any time.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from gitops_lab.kube.errors import unreachable
from tests.engine.world import World
from tests.waiting import eventually


@dataclass(frozen=True)
class Point:
    """So many writes go through; `lost`: one more does, but its answer is lost. `last`: no more."""

    writes: int
    lost: bool = False
    last: bool = False

    def __str__(self) -> str:
        return f"{self.writes}{'-lost' if self.lost else ''}"


def points(writes: int, sample: tuple[int, ...]) -> pytest.MarkDecorator:
    """Where to die: everywhere with GITOPS_LAB_FAULTS=all (`scripts/full`), else a sample.

    `writes` is how many there are in all; that they are all is seen, too.
    """
    wanted = [Point(number, bool(at % 2)) for at, number in enumerate(sample)]
    if os.environ.get("GITOPS_LAB_FAULTS") == "all":
        wanted = [Point(number, lost) for number in range(writes) for lost in (False, True)]
        wanted.append(Point(writes, last=True))
    return pytest.mark.parametrize("point", wanted, ids=str)


class Mortal:
    """Lets so many writes of the engine through, and then nothing any more.

    What the test's own thread asks is answered before and after, and counts for nothing.
    """

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, point: Point) -> None:
        self.dead = False
        self._ghosts: set[threading.Thread] | None = None
        self.wrote: list[str] = []
        self._point = point
        self._left = point.writes
        self._living = threading.current_thread()
        self._real: Callable[..., Any] = world.client._transport.request
        self._transport = world.client._transport
        monkeypatch.setattr(self._transport, "request", self._request)

    def _request(self, method: str, path: str, **kwargs: object) -> object:
        if self._is_alive():
            return self._real(method, path, **kwargs)
        counts = method != "GET" and not path.endswith("/events")
        if counts and not self.dead:
            if self._left == 0:
                self.dead = True
                self.wrote.append(f"{method} {path}")
                if self._point.lost:
                    self._real(method, path, **kwargs)
            else:
                self._left -= 1
                self.wrote.append(f"{method} {path}")
        if self.dead:
            raise unreachable("test", "the engine is dead")
        return self._real(method, path, **kwargs)

    def _is_alive(self) -> bool:
        """Whether it isn't the engine that asks, or the one after it."""
        me = threading.current_thread()
        return me is self._living or (self._ghosts is not None and me not in self._ghosts)

    def wait(self, ended: Callable[[], bool]) -> None:
        """Until it is dead; it may live only where no write is left to die at."""
        eventually(lambda: self.dead or ended())
        assert not (self.dead and self._point.last), f"there are more writes: {self.wrote}"

    def bury(self, world: World) -> None:
        """End what is left of it, and let a new one, which remembers nothing, take its place.

        On a busy machine a thread of its may outlive that; whoever died writes nothing any more.
        """
        self.dead = True
        world.loop.stop()
        writers = (one for one in threading.enumerate() if not one.name.startswith("informer-"))
        self._ghosts = set(writers)

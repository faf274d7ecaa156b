"""What has watches of its own: they begin and end with it."""

from collections.abc import Sequence

from gitops_lab.kube.informer import Informer


class Watching:
    """Starts and stops its informers; it is told by them what is news."""

    def __init__(self, informers: Sequence[Informer]) -> None:
        self._informers = tuple(informers)

    def start(self) -> None:
        """Begin to watch."""
        for informer in self._informers:
            informer.start()

    def stop(self) -> None:
        """End the watches."""
        for informer in self._informers:
            informer.stop()

"""A destination: its client, what we follow there, and the threads that write to it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gitops_lab.engine.live import Live, OnChange
from gitops_lab.engine.semantics import Semantics
from gitops_lab.kube import Client

T = TypeVar("T")
R = TypeVar("R")


class Cluster:
    """One cluster by name; each has its own writers, so that a dead one blocks no other."""

    def __init__(
        self, name: str, client: Client, semantics: Semantics, on_change: OnChange
    ) -> None:
        self.name = name
        self.client = client
        self.live = Live(client, semantics, on_change)
        self.namespaces: set[str] = set()
        """Namespaces that are known to exist, so that they are made only once."""
        self._gate = threading.BoundedSemaphore(semantics.workers)
        self._pool = ThreadPoolExecutor(semantics.workers, thread_name_prefix=f"write-{name}")

    def each(self, write: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Do a write for each item, in parallel; the results in the order of the items.

        A single one is done here and now: handing it to another thread costs more than it saves.
        """
        if len(items) == 1:
            with self._gate:
                return [write(items[0])]
        return list(self._pool.map(write, items))

    def is_namespaced(self, api_version: str, kind: str) -> bool:
        """Whether objects of a kind live in a namespace. Raises UnknownKind."""
        return self.client.resource(api_version, kind).namespaced

    def stop(self) -> None:
        """End the watches and, after what they are at, the writers."""
        self.live.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)

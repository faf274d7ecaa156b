"""What all pods of a machine share: the API, processes, addresses, images, events, sources."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from gitops_lab.kube import Client, Object
from gitops_lab.node.addresses import Addresses
from gitops_lab.node.config import NodeConfig
from gitops_lab.node.events import Recorder
from gitops_lab.node.images import Images
from gitops_lab.node.processes import Launcher
from gitops_lab.node.sources import SourceStore
from gitops_lab.node.storage import Storage

P = ParamSpec("P")
T = TypeVar("T")

_API_THREADS = 6


class Api:
    """The client's blocking calls, made from the event loop."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._threads = ThreadPoolExecutor(_API_THREADS, thread_name_prefix="node-api")

    async def call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a blocking call. Raises what it raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Begin no more calls."""
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass
class Machine:
    """Used on the node's event loop only."""

    config: NodeConfig
    api: Api
    images: Images
    launcher: Launcher
    addresses: Addresses
    recorder: Recorder
    sources: SourceStore
    storage: Storage
    services_of: Callable[[str], Mapping[str, str]] = field(default=lambda _namespace: {})

    async def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """A ConfigMap, Secret or claim as it is now; None when there is none."""
        return await self.api.call(self.sources.fetch, kind, namespace, name)

    async def post(self, path: str, body: Any) -> Any:
        """The answer to a POST that is no plain creation."""
        return await self.api.call(self.api.client.request, "POST", path, body=body)

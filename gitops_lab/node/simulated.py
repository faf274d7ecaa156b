"""Images that are shown and not run: their containers are Running, and marked as simulated.

Kubernetes' own exercises and tests use a few small images. Their programs can't be run as local
processes, but pods, controllers and rollouts around them can be shown. The same goes for the
controllers that `flux install` and Argo CD's install.yaml bring. Who talks to such a container is
told so: exec is refused, and HTTP is answered with 501.
"""

import asyncio
import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gitops_lab.node.addresses import PodPlace
from gitops_lab.node.processes import SIGKILL, Exit

ANNOTATION = "gitops-lab.dev/simulated"

_TESTS = "registry.k8s.io/e2e-test-images"
REPOSITORIES = frozenset(
    {
        "docker.io/library/busybox",
        "docker.io/library/httpd",
        "docker.io/library/nginx",
        "registry.k8s.io/pause",
        f"{_TESTS}/agnhost",
        f"{_TESTS}/busybox",
        f"{_TESTS}/httpd",
        f"{_TESTS}/nginx",
    }
)


_FLUX = "ghcr.io/fluxcd"
ENGINES = frozenset(
    {
        f"{_FLUX}/helm-controller",
        f"{_FLUX}/image-automation-controller",
        f"{_FLUX}/image-reflector-controller",
        f"{_FLUX}/kustomize-controller",
        f"{_FLUX}/notification-controller",
        f"{_FLUX}/source-controller",
        f"{_FLUX}/source-watcher",
        "quay.io/argoproj/argocd",
        "ghcr.io/dexidp/dex",
        "docker.io/library/redis",
        "public.ecr.aws/docker/library/redis",
    }
)
"""Controllers of GitOps engines that somebody installs: ours does their work."""


@dataclass(frozen=True)
class SimulatedImage:
    """What stands for an image of the lists; it has no command of its own.

    `configured` tells whether it waits for the Secrets and ConfigMaps of its variables. An engine's
    controllers don't: some of these are made by programs that are not run.
    """

    reference: str
    command: tuple[str, ...] = ("simulated",)
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    configured: bool = True


def simulated(reference: str, full_reference: str) -> SimulatedImage | None:
    """What stands for an image of the lists, at whatever tag; None for any other one."""
    name = _repository(full_reference)
    if name not in REPOSITORIES | ENGINES:
        return None
    return SimulatedImage(reference, configured=name not in ENGINES)


def is_simulated(full_reference: str) -> bool:
    """Whether the image is of the lists."""
    return simulated(full_reference, full_reference) is not None


def _repository(full_reference: str) -> str:
    repository = full_reference.partition("@")[0]
    head, colon, tag = repository.rpartition(":")
    return head if colon and "/" not in tag else repository


def explanation(container: str, image: str) -> str:
    """What is told to whoever asks something of a simulated container."""
    return f'container "{container}" is simulated: its image {image} is shown here and not run'


def first_line(container: str, image: str, namespace: str) -> str:
    """The log of a simulated container. Flux's controllers write JSON, which `flux logs` reads."""
    told = explanation(container, image)
    if not image.startswith(f"{_FLUX}/"):
        return f"{told}\n"
    instead = "the workspace's engine does its work, and tells of it in `flux events`"
    entry = {
        "level": "info",
        "ts": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "logger": "gitops-lab",
        "msg": f"{told}: {instead}",
        "namespace": namespace,
    }
    return f"{json.dumps(entry)}\n"


class SimulatedProcess:
    """Lives until it is told to end. Refuses HTTP on the container's ports meanwhile."""

    def __init__(self) -> None:
        self._ended: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._servers: list[asyncio.Server] = []

    async def listen(self, place: PodPlace, ports: Iterable[int], message: str) -> None:
        """Answer on the ports; one that can't be had is left alone."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                await reader.read(65536)
                writer.write(_refusal(message))
                await writer.drain()
                writer.close()

        for port in ports:
            with contextlib.suppress(OSError):
                self._servers.append(await asyncio.start_server(answer, *place.real(port)))

    async def wait(self) -> Exit:
        """How it ended."""
        return await asyncio.shield(self._ended)

    def signal(self, number: int) -> None:
        """Any signal ends it."""
        for server in self._servers:
            server.close()
        if not self._ended.done():
            self._ended.set_result(Exit(0, number if number == SIGKILL else 0))

    def kill(self) -> None:
        """End it at once."""
        self.signal(SIGKILL)


def _refusal(message: str) -> bytes:
    body = f"501 Not Implemented: {message}\n".encode()
    head = (
        "HTTP/1.1 501 Not Implemented\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body

"""A small OCI registry for each workspace: images, Helm charts, Flux's artifacts.

`store` keeps them by content in a folder, `app` and `calls` speak the distribution specification
(version 1.1), `server` listens on loopback, `seed` publishes the samples' images.
"""

import ipaddress
from collections.abc import Callable, Collection
from dataclasses import dataclass

from gitops_lab.registry.errors import NameInvalid, RegistryError
from gitops_lab.registry.names import Reference
from gitops_lab.registry.seed import Seed, publish
from gitops_lab.registry.store import Manifest, Pushed, RegistryStore

__all__ = [
    "Manifest",
    "Pushed",
    "Reference",
    "Registry",
    "RegistryError",
    "RegistryStore",
    "Seed",
    "publish",
]

_NAMES = frozenset({"localhost", "host.docker.internal", "host.gitops-lab"})


@dataclass(frozen=True)
class Registry:
    """The workspace's registry for those who use it in the same process.

    `port` tells where it listens; `hosts` are further addresses of this machine.
    """

    store: RegistryStore
    port: Callable[[], int]
    hosts: Collection[str] = ()

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self.port()}"

    def repository_of(self, text: str) -> str | None:
        """The repository that a URL or an image's name means; None when it is elsewhere.

        A name without a host (`gitops-lab/web`) means Docker Hub at work; here the workspace's
        registry stands in its place, as a mirror does.
        """
        try:
            reference = Reference.parse(text)
        except NameInvalid:
            return None
        if not reference.host or self._is_ours(reference.host):
            return reference.path
        return None

    def _is_ours(self, authority: str) -> bool:
        host, _, port = authority.rpartition(":")
        if port != str(self.port()):
            return False
        if host in _NAMES or host in self.hosts:
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

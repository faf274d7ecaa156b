"""Where pods can be reached: an address each, and the real port behind a container's port.

On Linux all of 127.0.0.0/8 is local: each pod listens on an address of its own. Where 127.0.0.1
is the only loopback address, pods have an address for the record only, and each container port
stands for a free port on 127.0.0.1.
"""

import contextlib
import errno
import ipaddress
import random
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
# Services have 127.96.0.0/16.
_POD_NETWORKS = range(97, 127)


@dataclass
class PodPlace:
    """Where one pod is: `ip` as it is told to others, `bind` what its processes listen on."""

    ip: str
    bind: str
    ports: dict[int, int] = field(default_factory=dict)

    def real(self, port: int) -> tuple[str, int]:
        """Where that container port is really found."""
        return self.bind, self.ports.get(port, port)


class Addresses:
    """Gives pods their places. Used on the node's event loop only."""

    def __init__(self, single_loopback: bool) -> None:
        self.single_loopback = single_loopback
        self._places: dict[str, PodPlace] = {}

    def take(self, uid: str, earlier_ip: str = "") -> PodPlace:
        """The place of a pod; the address that it had before if that is still free."""
        taken = {place.ip for place in self._places.values()}
        ip = earlier_ip if _usable(earlier_ip) and earlier_ip not in taken else ""
        while not ip or ip in taken:
            numbers = (random.choice(_POD_NETWORKS), *random.choices(range(1, 255), k=2))  # noqa: S311
            ip = "127." + ".".join(map(str, numbers))
        place = PodPlace(ip, LOOPBACK if self.single_loopback else ip)
        self._places[uid] = place
        return place

    def map_ports(self, uid: str, ports: Iterable[int]) -> None:
        """Find a real port for each container port of a container that is about to start."""
        place = self._places[uid]
        for port in ports:
            if self.single_loopback or not _may_listen(place.bind, port):
                place.ports[port] = free_port(place.bind)
            else:
                place.ports.pop(port, None)

    def release(self, uid: str) -> None:
        """The pod is gone."""
        self._places.pop(uid, None)

    def place(self, uid: str) -> PodPlace | None:
        """Where a pod is, if it is one of ours."""
        return self._places.get(uid)


def only_one_loopback() -> bool:
    """Whether 127.0.0.1 is the only loopback address here, as on macOS."""
    if sys.platform == "linux":
        return False
    with socket.socket() as probe:
        try:
            probe.bind(("127.96.0.1", 0))
        except OSError:
            return True
    return False


def free_port(address: str) -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _may_listen(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno != errno.EACCES
    return True


def _usable(ip: str) -> bool:
    with contextlib.suppress(ValueError):
        first, second = ipaddress.IPv4Address(ip).packed[:2]
        return first == 127 and second in _POD_NETWORKS
    return False

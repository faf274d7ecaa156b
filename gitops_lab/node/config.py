"""What a node is told when it is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.node.images import Image


@dataclass(frozen=True)
class NodeConfig:
    """One machine that shows itself as one or more nodes.

    `root` holds the pods' folders and logs. `cert_file` and `key_file` serve the endpoint that
    logs, exec and port-forward are proxied to; callers prove themselves with `kubelet_token`.
    `single_loopback`: don't use loopback addresses other than `host_address` (127.0.0.1).
    `backoff_seconds` and `backoff_cap_seconds` are the waits between restarts and pulls;
    `lease_seconds` is how often a node says that it lives.
    """

    root: Path
    images: Mapping[str, Image]
    kubelet_token: str
    cert_file: Path
    key_file: Path
    ca_file: Path | None = None
    name: str = "gitops-lab-node"
    more_names: tuple[str, ...] = ()
    kubelet_host: str = "127.0.0.1"
    host_address: str = "127.0.0.1"
    single_loopback: bool = False
    backoff_seconds: float = 10.0
    backoff_cap_seconds: float = 300.0
    lease_seconds: float = 20.0

    @property
    def names(self) -> tuple[str, ...]:
        """All nodes that this machine shows."""
        return (self.name, *self.more_names)

"""What an API server is started with, and who speaks to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ADMIN_GROUP = "system:masters"


@dataclass(frozen=True)
class User:
    """Who sent a request, as authentication found out."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_admin(self) -> bool:
        """True for members of Kubernetes' own group of administrators."""
        return ADMIN_GROUP in self.groups


@dataclass(frozen=True)
class ServerConfig:
    """Where the state lives, the serving certificate, and the tokens that are accepted.

    `data_dir` is made when missing and holds state.db. `tokens` maps bearer tokens to users.
    `kubelet_token` is presented to the nodes' endpoints (logs, exec, port-forward).
    `admits_accounts`: pods need a ServiceAccount and get its token; for a cluster with controllers.
    `audit_file` is where writes are logged; without it they are not.
    """

    data_dir: Path
    cert_file: Path
    key_file: Path
    ca_file: Path
    tokens: Mapping[str, User] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 0
    kubelet_token: str = ""
    audit_file: Path | None = None
    admits_accounts: bool = False

"""The kubeconfig of a workspace: one context for each of its clusters, named after it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.kube import yamls
from gitops_lab.workspace.files import write_atomically


@dataclass(frozen=True)
class Access:
    """How to reach one cluster: its URL, its authority (PEM), and a bearer token."""

    server: str
    ca: bytes
    token: str


def write_kubeconfig(path: Path, accesses: Mapping[str, Access]) -> None:
    """Write the kubeconfig; the first cluster is the current context."""
    names = list(accesses)
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": names[0],
        "clusters": [{"name": name, "cluster": _cluster(accesses[name])} for name in names],
        "users": [{"name": name, "user": {"token": accesses[name].token}} for name in names],
        "contexts": [{"name": n, "context": {"cluster": n, "user": n}} for n in names],
    }
    write_atomically(path, yamls.dump(config))


def _cluster(access: Access) -> dict[str, str]:
    ca = base64.b64encode(access.ca).decode()
    return {"server": access.server, "certificate-authority-data": ca}

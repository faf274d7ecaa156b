"""The kubeconfig of a workspace: one context for each of its clusters, named after it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.errors import Place, WorkspaceError
from gitops_lab.kube import yamls
from gitops_lab.workspace.files import write_atomically


@dataclass(frozen=True)
class Access:
    """How to reach one cluster: its URL, its authority (PEM), and who we are there.

    That is a bearer token, or a client certificate with its key (both PEM).
    """

    server: str
    ca: bytes
    token: str = ""
    client_certificate: bytes = b""
    client_key: bytes = b""


@dataclass(frozen=True)
class Entries:
    """How somebody's kubeconfig reaches a cluster: its entries, taken over as they stand."""

    cluster: Mapping[str, Any]
    user: Mapping[str, Any]


def write_kubeconfig(path: Path, accesses: Mapping[str, Access | Entries]) -> None:
    """Write the kubeconfig; the first cluster is the current context."""
    names = list(accesses)
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": names[0],
        "clusters": [{"name": name, "cluster": _cluster(accesses[name])} for name in names],
        "users": [{"name": name, "user": _user(accesses[name])} for name in names],
        "contexts": [{"name": n, "context": {"cluster": n, "user": n}} for n in names],
    }
    write_atomically(path, yamls.dump(config))


def read_access(path: Path) -> Access:
    """The access in a kubeconfig of one cluster, with all data in it. Raises WorkspaceError."""
    try:
        [document] = yamls.load_all(path.read_text(), file=str(path))
        cluster: dict[str, Any] = document.obj["clusters"][0]["cluster"]
        user: dict[str, Any] = document.obj["users"][0]["user"]
        return Access(
            cluster["server"],
            base64.b64decode(cluster["certificate-authority-data"]),
            user.get("token", ""),
            base64.b64decode(user.get("client-certificate-data", "")),
            base64.b64decode(user.get("client-key-data", "")),
        )
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise WorkspaceError(
            f"the cluster's kubeconfig can't be read: {error!r}.",
            reason="KubeconfigBroken",
            place=Place(file=str(path)),
            hint="Remove the file; the next `gitops-lab start` writes it anew.",
        ) from error


def _cluster(access: Access | Entries) -> dict[str, Any]:
    if isinstance(access, Entries):
        return dict(access.cluster)
    return {"server": access.server, "certificate-authority-data": _encoded(access.ca)}


def _user(access: Access | Entries) -> dict[str, Any]:
    if isinstance(access, Entries):
        return dict(access.user)
    if access.token:
        return {"token": access.token}
    return {
        "client-certificate-data": _encoded(access.client_certificate),
        "client-key-data": _encoded(access.client_key),
    }


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()

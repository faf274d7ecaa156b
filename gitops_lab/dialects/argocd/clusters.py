"""Which cluster a destination means: by name, by the URL of its API server, or by a Secret."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError

IN_CLUSTER = "https://kubernetes.default.svc"
IN_CLUSTER_NAME = "in-cluster"
CLUSTER_SECRETS = "argocd.argoproj.io/secret-type=cluster"


class NoCluster(Exception):
    """A destination that means no cluster; says what Argo CD says."""


@dataclass(frozen=True)
class Target:
    """A cluster as Argo CD knows it; `workspace_name` is its name in the workspace."""

    name: str
    server: str
    workspace_name: str
    client: Client


class Clusters:
    """The workspace's clusters. The one with Argo CD's objects is `in-cluster`.

    The others are found by their names in the workspace, by the URL of their servers, and by
    cluster Secrets (label `argocd.argoproj.io/secret-type: cluster`) with either of them.
    """

    def __init__(self, home: Client, clients: Mapping[str, Client], namespace: str) -> None:
        self._home = home
        self._namespace = namespace
        self._targets = [
            Target(IN_CLUSTER_NAME, IN_CLUSTER, name, client)
            if client is home
            else Target(name, client.server, name, client)
            for name, client in clients.items()
        ]

    def all(self) -> list[Target]:
        """Every cluster, the one with Argo CD's objects first; names as Secrets give them."""
        named = {target.server: target for target in self._targets}
        for name, server in self._secrets():
            found = self._by_server(server)
            if found is not None:
                named[found.server] = Target(name, server, found.workspace_name, found.client)
        return sorted(named.values(), key=lambda target: target.client is not self._home)

    def find(self, server: str, name: str) -> Target:
        """The cluster of a destination. Raises NoCluster."""
        if server and name:
            raise NoCluster(
                f"application destination can't have both name and server defined: {name} {server}"
            )
        if server:
            found = self._by_server(server)
            if found is None:
                raise NoCluster(
                    f'error getting cluster by server "{server}": rpc error: code = NotFound '
                    f'desc = cluster "{server}" not found'
                )
            return found
        if not name:
            raise NoCluster("Destination server missing from app spec")
        found = self._by_name(name)
        if found is None:
            raise NoCluster(f"there are no clusters with this name: {name}")
        return found

    def _by_server(self, server: str) -> Target | None:
        plain = server.rstrip("/")
        for target in self._targets:
            if plain in (target.server, target.client.server.rstrip("/")):
                return target
        return None

    def _by_name(self, name: str) -> Target | None:
        for target in self._targets:
            if target.name == name:
                return target
        for known, server in self._secrets():
            if known == name:
                return self._by_server(server)
        return next((t for t in self._targets if t.workspace_name == name), None)

    def _secrets(self) -> list[tuple[str, str]]:
        """(name, server) of the cluster Secrets; none where they can't be read."""
        try:
            found = self._home.list("v1", "Secret", self._namespace, label_selector=CLUSTER_SECRETS)
        except ApiError:
            return []
        return [(_text(secret, "name"), _text(secret, "server")) for secret in found.items]


def _text(secret: Object, key: str) -> str:
    try:
        return base64.b64decode((secret.get("data") or {}).get(key, "")).decode()
    except ValueError:
        return ""

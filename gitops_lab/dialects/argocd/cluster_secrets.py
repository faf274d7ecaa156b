"""The Secrets by which Argo CD knows clusters: read, and made for the workspace's own.

The cluster in which Argo CD's objects are needs none: it is `in-cluster`. The others get what
`argocd cluster add` would leave, but for credentials: the workspace has its own way to them.
"""

import base64
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from gitops_lab.dialects.dialect import World
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import annotations_of, labels_of

log = logging.getLogger(__name__)
IN_CLUSTER = "https://kubernetes.default.svc"
IN_CLUSTER_NAME = "in-cluster"
TYPE_LABEL = "argocd.argoproj.io/secret-type"
SELECTOR = f"{TYPE_LABEL}=cluster"
MANAGER = "argocd-server"


@dataclass(frozen=True)
class ClusterEntry:
    """A cluster that Argo CD knows; `labelled` tells whether a Secret stands for it."""

    name: str
    server: str
    project: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    labelled: bool = True


def read_entries(client: Client, namespace: str) -> list[ClusterEntry]:
    """All clusters; the one with Argo CD's objects first, where no Secret stands for it.

    Raises ApiError.
    """
    found = client.list("v1", "Secret", namespace, label_selector=SELECTOR).items
    entries = [_entry(secret) for secret in found]
    if all(one.server != IN_CLUSTER for one in entries):
        entries.insert(0, ClusterEntry(IN_CLUSTER_NAME, IN_CLUSTER, labelled=False))
    return entries


def make_secrets(world: World, namespace: str) -> None:
    """A Secret for each cluster but home; labels that somebody added stay."""
    for name, client in world.clients.items():
        if client is world.home:
            continue
        try:
            world.home.apply(_secret(name, client.server, namespace), field_manager=MANAGER)
        except ApiError as error:
            log.warning("the cluster Secret of %s could not be made: %s", name, error.message)


def _secret(name: str, server: str, namespace: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"cluster-{name}",
            "namespace": namespace,
            "labels": {TYPE_LABEL: "cluster"},
        },
        "type": "Opaque",
        "stringData": {
            "name": name,
            "server": server,
            "config": json.dumps({"tlsClientConfig": {"insecure": False}}),
        },
    }


def _entry(secret: Object) -> ClusterEntry:
    return ClusterEntry(
        name=_text(secret, "name"),
        server=_text(secret, "server"),
        project=_text(secret, "project"),
        labels=labels_of(secret),
        annotations=annotations_of(secret),
    )


def _text(secret: Object, key: str) -> str:
    try:
        return base64.b64decode((secret.get("data") or {}).get(key, "")).decode()
    except ValueError:
        return ""

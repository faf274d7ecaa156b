"""Waiting until a cluster can run pods."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from gitops_lab.kube import Client
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import name_of

_POLL_SECONDS = 0.2


def wait_ready(client: Client, since: datetime, timeout: float) -> bool:
    """Wait until the API, its nodes and the default service account are there.

    A node that was stopped is still called ready for a while, and so are its pods: its lease must
    be renewed `since`, and no container may be told to run from before.
    """
    deadline = time.monotonic() + timeout
    for ready in (
        lambda: _nodes_ready(client, since),
        lambda: _pods_may_start(client),
        lambda: _pods_started(client, since),
    ):
        while not _answered(ready):
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
    return True


def _answered(probe: Callable[[], bool]) -> bool:
    try:
        return probe()
    except ApiError:
        return False


def _nodes_ready(client: Client, since: datetime) -> bool:
    nodes = client.list("v1", "Node").items
    return bool(nodes) and all(
        _is_ready(node) and _renewed(client, name_of(node)) >= since for node in nodes
    )


def _is_ready(node: dict[str, object]) -> bool:
    status = node.get("status")
    conditions = status.get("conditions") or [] if isinstance(status, dict) else []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _renewed(client: Client, node: str) -> datetime:
    lease = client.get("coordination.k8s.io/v1", "Lease", node, "kube-node-lease")
    renewed = (lease.get("spec") or {}).get("renewTime")
    return datetime.fromisoformat(renewed) if renewed else datetime.fromtimestamp(0, UTC)


def _pods_started(client: Client, since: datetime) -> bool:
    started = (
        container["state"]["running"]["startedAt"]
        for pod in client.list("v1", "Pod").items
        for container in (pod.get("status") or {}).get("containerStatuses") or []
        if (container.get("state") or {}).get("running")
    )
    # Kubernetes tells whole seconds.
    return all(datetime.fromisoformat(each) >= since.replace(microsecond=0) for each in started)


def _pods_may_start(client: Client) -> bool:
    """Pods are refused until their namespace has its service account."""
    return bool(client.get("v1", "ServiceAccount", "default", "default"))

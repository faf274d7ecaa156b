"""Small objects to put before the pure functions."""

from typing import Any

from gitops_lab.kube.objects import Object


def deployment(replicas: int = 3, **spec: Any) -> Object:
    """A Deployment named web; `spec` overrides parts of its spec."""
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "gitops-lab/web:1.0"}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "demo", "uid": "d-1", "generation": 1},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template,
            "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 10,
            **spec,
        },
    }


def rolling(surge: int | str, unavailable: int | str) -> Object:
    """A RollingUpdate strategy."""
    limits = {"maxSurge": surge, "maxUnavailable": unavailable}
    return {"type": "RollingUpdate", "rollingUpdate": limits}


def replica_set(
    name: str, replicas: int, *, available: int | None = None, **annotations: str
) -> Object:
    """A ReplicaSet; all its pods are there and available unless said otherwise."""
    ready = replicas if available is None else available
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": "demo",
            "uid": f"uid-{name}",
            "generation": 1,
            "creationTimestamp": f"2026-01-01T00:00:{len(name):02}Z",
            "annotations": {
                f"deployment.kubernetes.io/{k.replace('_', '-')}": v for k, v in annotations.items()
            },
        },
        "spec": {
            "replicas": replicas,
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"name": name}},
        },
        "status": {
            "replicas": replicas,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "observedGeneration": 1,
        },
    }


def pod(name: str = "web-1", *, ready: bool = True, **more: Any) -> Object:
    """A running pod with an address. `more` may hold metadata, spec and status to add."""
    condition = {
        "type": "Ready",
        "status": "True" if ready else "False",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "demo",
            "uid": f"uid-{name}",
            "labels": {"app": "web"},
            "creationTimestamp": "2026-01-01T00:00:00Z",
            **more.get("metadata", {}),
        },
        "spec": {
            "nodeName": "node-1",
            "containers": [
                {"name": "web", "ports": [{"name": "http", "containerPort": 8080}]},
            ],
            **more.get("spec", {}),
        },
        "status": {
            "phase": "Running",
            "podIP": "127.0.1.1",
            "conditions": [condition],
            **more.get("status", {}),
        },
    }


def service(**spec: Any) -> Object:
    """A Service of port 80 onto the pods' port `http`."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "demo", "uid": "s-1"},
        "spec": {
            "selector": {"app": "web"},
            "clusterIP": "127.96.0.1",
            "ipFamilies": ["IPv4"],
            "ports": [{"name": "web", "port": 80, "targetPort": "http", "protocol": "TCP"}],
            **spec,
        },
    }

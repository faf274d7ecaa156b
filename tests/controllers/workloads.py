"""Deployments of one web server, as the tests of this folder make and change them."""

from typing import Any

from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.objects import Object

from .cluster import Cluster

LABELS = {"app": "web"}


def template(image: str = "gitops-lab/web:1.0", labels: dict[str, str] = LABELS) -> Object:
    containers = [{"name": "web", "image": image}]
    return {"metadata": {"labels": labels}, "spec": {"containers": containers}}


def create_deployment(cluster: Cluster, replicas: int = 2, **spec: Any) -> Object:
    asked = {
        "replicas": replicas,
        "selector": {"matchLabels": LABELS},
        "template": template(),
        **spec,
    }
    return cluster.create("apps/v1", "Deployment", "web", spec=asked)


def patch(cluster: Cluster, change: Object) -> Object:
    return cluster.client.patch(web(cluster), change, content_type=MERGE_PATCH)


def set_image(cluster: Cluster, image: str) -> Object:
    containers = [{"name": "web", "image": image}]
    return patch(cluster, {"spec": {"template": {"spec": {"containers": containers}}}})


def web(cluster: Cluster) -> Object:
    return cluster.get("apps/v1", "Deployment", "web")


def is_complete(cluster: Cluster, replicas: int) -> bool:
    held = web(cluster)
    status, generation = held["status"], held["metadata"]["generation"]
    counts = {status.get(n, 0) for n in ("replicas", "updatedReplicas", "availableReplicas")}
    return counts == {replicas} and status.get("observedGeneration", 0) >= generation

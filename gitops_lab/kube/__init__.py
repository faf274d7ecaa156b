"""Kubernetes from a client's side: objects, their order, YAML, and a small REST client."""

from gitops_lab.kube.client import (
    APPLY_PATCH,
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_PATCH,
    Client,
    ListResult,
    WatchEvent,
)
from gitops_lab.kube.discovery import ResourceInfo
from gitops_lab.kube.informer import Informer
from gitops_lab.kube.objects import GroupKind, Object, ObjectKey
from gitops_lab.kube.transport import stop_streams

__all__ = [
    "APPLY_PATCH",
    "JSON_PATCH",
    "MERGE_PATCH",
    "STRATEGIC_PATCH",
    "Client",
    "GroupKind",
    "Informer",
    "ListResult",
    "Object",
    "ObjectKey",
    "ResourceInfo",
    "WatchEvent",
    "stop_streams",
]

"""Defaults of the other kinds of the core group."""

import base64
from typing import Any

from gitops_lab.apiserver.defaults.pods import round_up

Fields = dict[str, Any]
EXTERNAL = ("NodePort", "LoadBalancer")


def service(obj: Fields) -> None:
    """Cluster-internal, TCP, target port like port."""
    spec = obj["spec"]
    if spec.setdefault("sessionAffinity", "None") == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        config = spec.get("sessionAffinityConfig", {})
        if config.get("clientIP", {}).get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800}}
    kind = spec.setdefault("type", "ClusterIP")
    for port in spec.get("ports", ()):
        port.setdefault("protocol", "TCP")
        if port.get("targetPort") in (0, ""):
            port["targetPort"] = port["port"]
    if kind in EXTERNAL or (kind == "ClusterIP" and spec.get("externalIPs")):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if kind in (*EXTERNAL, "ClusterIP"):
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
        for ingress in obj["status"]["loadBalancer"].get("ingress", ()):
            if ingress.get("ip"):
                ingress.setdefault("ipMode", "VIP")


def secret(obj: Fields) -> None:
    """Opaque; stringData goes into data, as the conversion to the stored form does."""
    obj.setdefault("type", "Opaque")
    texts = obj.pop("stringData", None)
    if texts:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        obj["data"] = {**obj.get("data", {}), **encoded}


def namespace(obj: Fields) -> None:
    """Active, and labelled with its own name."""
    metadata = obj["metadata"]
    if metadata.get("name"):
        labels = metadata.get("labels", {})
        metadata["labels"] = {**labels, "kubernetes.io/metadata.name": metadata["name"]}
    obj["status"].setdefault("phase", "Active")


def node(obj: Fields) -> None:
    """What is allocatable is the capacity, and the list of pod networks the one, unless said."""
    spec, status = obj["spec"], obj["status"]
    if spec.get("podCIDR"):
        spec.setdefault("podCIDRs", [spec["podCIDR"]])
    for name in ("capacity", "allocatable"):
        if name in status:
            round_up(status, name)
    if "capacity" in status:
        status.setdefault("allocatable", dict(status["capacity"]))


def persistent_volume(obj: Fields) -> None:
    """Retained after release, a file system."""
    obj["status"].setdefault("phase", "Pending")
    obj["spec"].setdefault("persistentVolumeReclaimPolicy", "Retain")
    obj["spec"].setdefault("volumeMode", "Filesystem")
    if "hostPath" in obj["spec"]:
        obj["spec"]["hostPath"].setdefault("type", "")


def persistent_volume_claim(obj: Fields) -> None:
    """A file system, pending."""
    obj["status"].setdefault("phase", "Pending")
    obj["spec"].setdefault("volumeMode", "Filesystem")


def endpoints(obj: Fields) -> None:
    """TCP ports."""
    for subset in obj.get("subsets", ()):
        for port in subset.get("ports", ()):
            port.setdefault("protocol", "TCP")


def limit_range(obj: Fields) -> None:
    """A container's default limit is its maximum, its default request the limit or minimum."""
    for item in obj["spec"].get("limits") or ():
        if item.get("type") != "Container":
            continue
        limits = {**item.get("max", {}), **item.get("default", {})}
        requests = {**item.get("min", {}), **limits, **item.get("defaultRequest", {})}
        if limits:
            item["default"] = limits
        if requests:
            item["defaultRequest"] = requests

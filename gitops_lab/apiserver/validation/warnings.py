"""What is accepted and yet worth a word to its writer, as Kubernetes says it."""

from collections.abc import Callable, Iterator
from typing import Any

from gitops_lab.apiserver.types import Resource

Fields = dict[str, Any]


def warnings_of(new: Fields, resource: Resource) -> list[str]:
    """The warnings about an object that is about to be stored."""
    tell = _TELLERS.get((resource.group, resource.kind))
    return list(tell(new)) if tell is not None else []


def _service(service: Fields) -> Iterator[str]:
    spec = service.get("spec") or {}
    kind, external = spec.get("type", "ClusterIP"), spec.get("externalIPs")
    if kind == "ClusterIP" and spec.get("clusterIP") == "None":
        if spec.get("loadBalancerIP"):
            yield "spec.loadBalancerIP is ignored for headless services"
        if external:
            yield "spec.externalIPs is ignored for headless services"
        if spec.get("sessionAffinity", "None") != "None":
            yield "spec.SessionAffinity is ignored for headless services"
    elif external and kind != "ExternalName":
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if external and kind == "ExternalName":
        yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'
    if kind != "ExternalName" and spec.get("externalName"):
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'
    if spec.get("trafficDistribution") == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'


_TELLERS: dict[tuple[str, str], Callable[[Fields], Iterator[str]]] = {("", "Service"): _service}

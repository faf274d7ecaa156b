"""Services."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation.warnings.values import address, network

Fields = dict[str, Any]
_HINTS = "service.kubernetes.io/topology-aware-hints"
_MODE = "service.kubernetes.io/topology-mode"


def service(new: Fields, _old: Fields | None) -> Iterator[str]:
    """What has no effect, and what is old."""
    spec = new.get("spec") or {}
    if _HINTS in (new["metadata"].get("annotations") or {}):
        yield f"annotation {_HINTS} is deprecated, please use {_MODE} instead"
    if spec.get("clusterIP") not in (None, "", "None"):
        for at, each in enumerate(spec.get("clusterIPs") or []):
            yield from address(f"spec.clusterIPs[{at}]", each)
    yield from _headless(spec)
    yield from _external(spec)
    if spec.get("trafficDistribution") == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'


def _is_headless(spec: Fields) -> bool:
    return spec.get("type", "ClusterIP") == "ClusterIP" and spec.get("clusterIP") == "None"


def _headless(spec: Fields) -> Iterator[str]:
    if not _is_headless(spec):
        return
    if spec.get("loadBalancerIP"):
        yield "spec.loadBalancerIP is ignored for headless services"
    if spec.get("externalIPs"):
        yield "spec.externalIPs is ignored for headless services"
    if spec.get("sessionAffinity", "None") != "None":
        yield "spec.SessionAffinity is ignored for headless services"


def _external(spec: Fields) -> Iterator[str]:
    kind, external = spec.get("type", "ClusterIP"), spec.get("externalIPs") or []
    for at, each in enumerate(external):
        yield from address(f"spec.externalIPs[{at}]", each)
    if external and kind != "ExternalName" and not _is_headless(spec):
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if spec.get("loadBalancerIP"):
        yield from address("spec.loadBalancerIP", spec["loadBalancerIP"])
    for at, each in enumerate(spec.get("loadBalancerSourceRanges") or []):
        yield from network(f"spec.loadBalancerSourceRanges[{at}]", each)
    if external and kind == "ExternalName":
        yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'
    if kind != "ExternalName" and spec.get("externalName"):
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'

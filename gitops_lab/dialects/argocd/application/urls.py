"""The addresses at which an object answers, as the summary of an Application names them. Pure."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.kube import Object
from gitops_lab.kube.objects import annotations_of, group_of

_LINK = "link.argocd.argoproj.io/"
_INGRESS_GROUPS = ("networking.k8s.io", "extensions")


def urls_of(obj: Object) -> Iterator[str]:
    """Links that annotations give, and an Ingress's hosts and paths."""
    for name, value in annotations_of(obj).items():
        if name.startswith(_LINK):
            yield value
    if obj.get("kind") == "Ingress" and group_of(obj["apiVersion"]) in _INGRESS_GROUPS:
        yield from _of_ingress(obj)


def _of_ingress(obj: Object) -> Iterator[str]:
    spec: dict[str, Any] = obj.get("spec") or {}
    for rule in spec.get("rules") or []:
        host = rule.get("host") or _address(obj)
        scheme = "https" if _is_encrypted(spec, host) else "http"
        for path in (rule.get("http") or {}).get("paths") or []:
            if host:
                yield f"{scheme}://{host}{str(path.get('path') or '').removesuffix('*')}"


def _address(obj: Object) -> str:
    """The balancer's, where a rule names no host."""
    balancer = (obj.get("status") or {}).get("loadBalancer") or {}
    known = (one.get("hostname") or one.get("ip") for one in balancer.get("ingress") or [])
    return next((str(one) for one in known if one), "")


def _is_encrypted(spec: dict[str, Any], host: str) -> bool:
    """As Argo CD sees it: one certificate counts for all hosts."""
    entries = spec.get("tls") or []
    return any(one.get("secretName") or one.get("host") == host for one in entries)

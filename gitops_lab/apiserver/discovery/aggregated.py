"""APIGroupDiscoveryList: everything in one answer (KEP-3352), for kubectl since 1.26."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from gitops_lab.apiserver.discovery.groups import (
    GroupVersion,
    foreign,
    subresources_of,
    verbs_of,
)
from gitops_lab.apiserver.types.registry import Resource, Subresource


def group_discovery_list(version: str, groups: Iterable[GroupVersion]) -> dict[str, Any]:
    """The list; `version` is v2 or v2beta1, of the same form."""
    items = [_group(name, list(them)) for name, them in groupby(groups, key=lambda gv: gv.group)]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": items,
    }


def _group(name: str, versions: list[GroupVersion]) -> dict[str, Any]:
    return {
        "metadata": {"name": name} if name else {},
        "versions": [_version(each) for each in versions],
    }


def _version(version: GroupVersion) -> dict[str, Any]:
    resources = [_resource(each) for each in version.resources]
    return {"version": version.version, "resources": resources, "freshness": "Current"}


def _resource(resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resource": resource.plural,
        "responseKind": _kind("", "", resource.kind),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": verbs_of(resource),
    }
    if resource.short_names:
        found["shortNames"] = list(resource.short_names)
    if resource.categories:
        found["categories"] = list(resource.categories)
    if resource.subresources:
        ordered = subresources_of(resource)
        found["subresources"] = [_subresource(resource, each) for each in ordered]
    return found


def _subresource(resource: Resource, subresource: Subresource) -> dict[str, Any]:
    group, version = foreign(resource, subresource)
    return {
        "subresource": subresource.name,
        "responseKind": _kind(group, version, subresource.kind),
        "verbs": sorted(subresource.verbs),
    }


def _kind(group: str, version: str, kind: str) -> dict[str, str]:
    """An empty group and version mean "as the resource's own"."""
    return {"group": group, "version": version, "kind": kind}

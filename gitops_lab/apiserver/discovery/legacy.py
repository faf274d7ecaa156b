"""APIVersions, APIGroupList, APIGroup and APIResourceList: one answer for each group version."""

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


def api_versions(versions: Iterable[GroupVersion], address: str) -> dict[str, Any]:
    """/api: versions of the core group. `address` is host:port of this server."""
    return {
        "kind": "APIVersions",
        "versions": [each.version for each in versions if not each.group],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def api_group_list(versions: Iterable[GroupVersion]) -> dict[str, Any]:
    """/apis: every group but core."""
    named = [each for each in versions if each.group]
    groups = [_group(name, list(them)) for name, them in groupby(named, key=lambda gv: gv.group)]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def api_group(name: str, versions: list[GroupVersion]) -> dict[str, Any]:
    """/apis/NAME."""
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)}


def api_resource_list(version: GroupVersion) -> dict[str, Any]:
    """/api/v1 or /apis/GROUP/VERSION. Core's has no apiVersion: it never had."""
    head = {"kind": "APIResourceList"}
    if version.group:
        head["apiVersion"] = "v1"
    entries = [entry for each in version.resources for entry in _entries(each)]
    return {**head, "groupVersion": version.api_version, "resources": entries}


def _group(name: str, versions: list[GroupVersion]) -> dict[str, Any]:
    served = [{"groupVersion": each.api_version, "version": each.version} for each in versions]
    return {"name": name, "versions": served, "preferredVersion": served[0]}


def _entries(resource: Resource) -> list[dict[str, Any]]:
    below = [_subresource(resource, each) for each in subresources_of(resource)]
    return [_resource(resource), *below]


def _resource(resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": verbs_of(resource),
    }
    if resource.short_names:
        found["shortNames"] = list(resource.short_names)
    if resource.categories:
        found["categories"] = list(resource.categories)
    if resource.storage_version_hash:
        found["storageVersionHash"] = resource.storage_version_hash
    return found


def _subresource(resource: Resource, subresource: Subresource) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": f"{resource.plural}/{subresource.name}",
        "singularName": "",
        "namespaced": resource.namespaced,
        "kind": subresource.kind,
        "verbs": sorted(subresource.verbs),
    }
    group, version = foreign(resource, subresource)
    if version:
        found |= {"group": group, "version": version}
    return found

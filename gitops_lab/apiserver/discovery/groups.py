"""The order of groups and versions: clients prefer what comes first.

Built-in groups come in the order of kube-apiserver's registration priorities, custom ones after
them by name. Versions come by maturity (v2, v1, v1beta1, v1alpha1), as "CustomResourceDefinition
versioning" in the Kubernetes documentation puts it; built-in groups happen to agree.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gitops_lab.apiserver.types.registry import Resource, Subresource

BUILTIN_ORDER = (
    "",
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "storagemigration.k8s.io",
    "lifecycle.k8s.io",
)
# What a custom resource still takes while its definition is being deleted, as discovery tells it.
ENDING_VERBS = ("delete", "deletecollection", "get", "list", "watch")
_RANK = {name: rank for rank, name in enumerate(BUILTIN_ORDER)}
_VERSION = re.compile(r"v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?")
_MATURITY = {None: 0, "beta": 1, "alpha": 2}


@dataclass(frozen=True)
class GroupVersion:
    """The resources of one version of a group, sorted by plural."""

    group: str
    version: str
    resources: tuple[Resource, ...]

    @property
    def api_version(self) -> str:
        """What stands in an object's apiVersion."""
        return f"{self.group}/{self.version}" if self.group else self.version


def group_rank(group: str) -> tuple[int, str]:
    """Sort key of a group's name."""
    return (_RANK.get(group, len(_RANK)), group)


def version_rank(version: str) -> tuple[int, int, int, str]:
    """Sort key of a version's name, best first; names of no known form come last."""
    match = _VERSION.fullmatch(version)
    if not match:
        return (3, 0, 0, version)
    major, maturity, minor = match.groups()
    return (_MATURITY[maturity], -int(major), -int(minor or 0), version)


def group_versions(resources: Iterable[Resource]) -> list[GroupVersion]:
    """Served resources by group and version, best first."""
    found: dict[tuple[str, str], list[Resource]] = {}
    for resource in resources:
        if resource.served:
            found.setdefault((resource.group, resource.version), []).append(resource)
    keys = sorted(found, key=lambda key: (group_rank(key[0]), version_rank(key[1])))
    return [GroupVersion(*key, tuple(sorted(found[key], key=_plural))) for key in keys]


def foreign(resource: Resource, subresource: Subresource) -> tuple[str, str]:
    """Group and version of a subresource's body where they are not its resource's own."""
    own = (resource.group, resource.version)
    theirs = (subresource.group, subresource.version)
    return ("", "") if theirs == own else theirs


def verbs_of(resource: Resource) -> list[str]:
    """Verbs in the order in which the real server names them."""
    if resource.ending:
        return list(ENDING_VERBS)
    return list(resource.verbs) if resource.custom else sorted(resource.verbs)


def subresources_of(resource: Resource) -> list[Subresource]:
    """Subresources in that order."""
    if resource.custom:
        return list(resource.subresources)
    return sorted(resource.subresources, key=lambda each: each.name)


def _plural(resource: Resource) -> str:
    return resource.plural

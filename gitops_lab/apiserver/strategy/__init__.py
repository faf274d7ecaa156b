"""What each kind allows a write to change, and what the server fills in.

`strategy_for` gives a resource its rules; kinds without rules of their own get `Strategy`.
"""

from gitops_lab.apiserver.strategy.base import Claim, Strategy
from gitops_lab.apiserver.strategy.cluster import NamespaceStrategy, NodeStrategy
from gitops_lab.apiserver.strategy.daemons import DaemonSetStrategy
from gitops_lab.apiserver.strategy.definitions import DefinitionStrategy
from gitops_lab.apiserver.strategy.generation import (
    DeploymentStrategy,
    EndpointSliceStrategy,
    RoleStrategy,
)
from gitops_lab.apiserver.strategy.jobs import JobStrategy
from gitops_lab.apiserver.strategy.pods import PodStrategy
from gitops_lab.apiserver.strategy.services import ServiceAddresses, ServiceStrategy
from gitops_lab.apiserver.strategy.volumes import ClaimStrategy, VolumeStrategy
from gitops_lab.apiserver.types.registry import Resource

_STRATEGIES: dict[str, type[Strategy]] = {
    "/pods": PodStrategy,
    "/namespaces": NamespaceStrategy,
    "/nodes": NodeStrategy,
    "/persistentvolumeclaims": ClaimStrategy,
    "/persistentvolumes": VolumeStrategy,
    "apps/daemonsets": DaemonSetStrategy,
    "apps/deployments": DeploymentStrategy,
    "apiextensions.k8s.io/customresourcedefinitions": DefinitionStrategy,
    "batch/jobs": JobStrategy,
    "discovery.k8s.io/endpointslices": EndpointSliceStrategy,
    "rbac.authorization.k8s.io/clusterroles": RoleStrategy,
    "rbac.authorization.k8s.io/roles": RoleStrategy,
}

__all__ = ["Claim", "ServiceAddresses", "Strategy", "strategy_for"]


def strategy_for(resource: Resource, addresses: ServiceAddresses) -> Strategy:
    """The rules of a resource."""
    path = f"{resource.group}/{resource.plural}"
    if path == "/services":
        return ServiceStrategy(resource, addresses)
    return _STRATEGIES.get(path, Strategy)(resource)

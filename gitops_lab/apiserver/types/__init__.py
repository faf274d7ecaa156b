"""What kinds there are and what their fields mean: registry, schemas, Go's structs."""

from gitops_lab.apiserver.types.definitions import Definitions, builtin_definitions
from gitops_lab.apiserver.types.registry import Registry, Resource, Subresource, builtin_resources
from gitops_lab.apiserver.types.schema import ANYTHING, Schema

__all__ = [
    "ANYTHING",
    "Definitions",
    "Registry",
    "Resource",
    "Schema",
    "Subresource",
    "builtin_definitions",
    "builtin_resources",
]

"""CustomResourceDefinitions: what a valid one is, which resources it adds, and how it lives.

`service.CustomResources` follows the stored definitions; everything else is pure.
"""

from gitops_lab.apiserver.crds.checks import check_definition
from gitops_lab.apiserver.crds.names import marked_for_deletion
from gitops_lab.apiserver.crds.resources import custom_resources, custom_schema

__all__ = ["check_definition", "custom_resources", "custom_schema", "marked_for_deletion"]

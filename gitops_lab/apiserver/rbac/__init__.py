"""Who may do what: roles, bindings, impersonation, and the roles that every cluster has."""

from gitops_lab.apiserver.rbac.attributes import Attributes, Decision
from gitops_lab.apiserver.rbac.authorizer import Authorizer

__all__ = ["Attributes", "Authorizer", "Decision"]

"""What RBAC and ServiceAccounts need of controllers: aggregated roles, tokens in Secrets."""

from gitops_lab.controllers.access.aggregation import AggregationController
from gitops_lab.controllers.access.tokens import TokensController

__all__ = ["AggregationController", "TokensController"]

"""The controller of ResourceQuotas: it shows how much of each limit is used."""

from gitops_lab.controllers.quota.controller import QuotaController

__all__ = ["QuotaController"]

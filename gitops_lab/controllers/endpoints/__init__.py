"""The Endpoints and EndpointSlice controllers: which pods answer for a Service."""

from gitops_lab.controllers.endpoints.controller import EndpointsController

__all__ = ["EndpointsController"]

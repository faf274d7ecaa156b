"""The Endpoints and EndpointSlice controllers: which pods answer for a Service."""

from gitops_lab.controllers.endpoints.controller import EndpointsController
from gitops_lab.controllers.endpoints.mirroring import MirroringController

__all__ = ["EndpointsController", "MirroringController"]

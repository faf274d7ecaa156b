"""The Job controllers: runs pods to completion, and deletes finished Jobs when their time is up."""

from gitops_lab.controllers.job.controller import JobController
from gitops_lab.controllers.job.leftovers import JobPodsController
from gitops_lab.controllers.job.ttl import FinishedController

__all__ = ["FinishedController", "JobController", "JobPodsController"]

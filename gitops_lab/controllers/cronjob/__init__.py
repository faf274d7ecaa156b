"""The CronJob controller: Jobs at the times that a schedule names."""

from gitops_lab.controllers.cronjob.controller import CronJobController

__all__ = ["CronJobController"]

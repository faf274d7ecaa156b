"""The controllers of one cluster, run together."""

from pathlib import Path

from gitops_lab.controllers.access import AggregationController, TokensController
from gitops_lab.controllers.autoscaling import AutoscalingController
from gitops_lab.controllers.cronjob import CronJobController
from gitops_lab.controllers.daemonset import DaemonSetController
from gitops_lab.controllers.deployment import DeploymentController
from gitops_lab.controllers.disruption import DisruptionController
from gitops_lab.controllers.endpoints import EndpointsController, MirroringController
from gitops_lab.controllers.framework.events import Recorder
from gitops_lab.controllers.framework.informers import Informers, Key
from gitops_lab.controllers.framework.monitors import KindsController, Monitors
from gitops_lab.controllers.framework.queue import WorkQueue
from gitops_lab.controllers.framework.workers import Context, Controller, Workers
from gitops_lab.controllers.garbage import GarbageCollector
from gitops_lab.controllers.job import FinishedController, JobController, JobPodsController
from gitops_lab.controllers.namespaces import FurnishController, NamespaceController
from gitops_lab.controllers.quota import QuotaController
from gitops_lab.controllers.replicaset import ReplicaSetController, ReplicationController
from gitops_lab.controllers.statefulset import StatefulSetController
from gitops_lab.controllers.taints import TaintController
from gitops_lab.controllers.volumes import (
    ClaimProtection,
    ClaimsController,
    ClassesController,
    VolumeProtection,
    VolumesController,
)
from gitops_lab.kube import Client

_WORKERS = 4


class Manager:
    """Runs all controllers through one client.

    A client whose user agent is `kube-controller-manager` makes managedFields read as in life.
    `ca_file` is what each namespace's kube-root-ca.crt holds; without it none is made.
    """

    def __init__(self, client: Client, *, ca_file: Path | None = None) -> None:
        self._informers = Informers(client)
        self._recorder = Recorder(client)
        self._monitors = Monitors(client, self._informers)
        self._queue: WorkQueue[tuple[Controller, Key]] = WorkQueue()
        context = Context(client, self._informers, self._recorder, self._queue)
        self._kinds = KindsController(context, self._monitors)
        self._classes = ClassesController(context)
        self.controllers: tuple[Controller, ...] = (
            DeploymentController(context),
            ReplicaSetController(context),
            ReplicationController(context),
            StatefulSetController(context),
            DaemonSetController(context),
            AutoscalingController(context),
            DisruptionController(context),
            TaintController(context),
            EndpointsController(context),
            MirroringController(context),
            JobController(context),
            JobPodsController(context),
            CronJobController(context),
            FinishedController(context),
            self._classes,
            ClaimsController(context),
            VolumesController(context),
            ClaimProtection(context),
            VolumeProtection(context),
            FurnishController(context, self._monitors, ca_file),
            NamespaceController(context, self._monitors),
            AggregationController(context, self._monitors),
            TokensController(context, self._monitors, ca_file),
            QuotaController(context, self._monitors),
            GarbageCollector(context, self._monitors),
            self._kinds,
        )
        self._workers = Workers(self._queue, _WORKERS, self._informers)

    def start(self) -> None:
        """Start all threads; returns at once, and goes on trying where the API does not answer."""
        self._monitors.attach()
        self._recorder.start()
        self._informers.start()
        self._workers.start()
        self._kinds.enqueue(KindsController.everything)
        self._classes.enqueue(ClassesController.everything)

    def stop(self) -> None:
        """Finish what is in hand, write the last events and end all threads."""
        self._workers.stop()
        self._monitors.stop()
        self._informers.stop()
        self._recorder.stop()

"""All pods of this machine: which are to run, which are gone, what was left by a killed host."""

import asyncio
import logging
import shutil
from collections.abc import Iterable

from gitops_lab.kube.objects import Object, namespace_of, uid_of
from gitops_lab.node.machine import Machine
from gitops_lab.node.metering import Metered
from gitops_lab.node.pods.worker import PodWorker
from gitops_lab.node.processes import Process, end_leftover

log = logging.getLogger(__name__)


class PodManager:
    """Used on the node's event loop only."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._workers: dict[str, PodWorker] = {}
        self._stopping = False

    def seen(self, event: str, pod: Object) -> None:
        """News of a pod that is bound to this machine."""
        uid = uid_of(pod)
        worker = self._workers.get(uid)
        if event == "DELETED":
            if worker is not None:
                worker.deleted()
        elif worker is None and not self._stopping:
            self._workers[uid] = PodWorker(self._machine, pod, self._gone)
        elif worker is not None:
            worker.update(pod)

    def has(self, uid: str) -> bool:
        """Whether the pod is here."""
        return uid in self._workers

    def find(self, namespace: str, name: str) -> PodWorker | None:
        """The pod of that name."""
        for worker in self._workers.values():
            metadata = worker.context.pod["metadata"]
            if (metadata["namespace"], metadata["name"]) == (namespace, name):
                return worker
        return None

    def processes(self) -> list[Metered]:
        """What runs now."""
        return [
            Metered(worker.context.pod, container.name, process.pid)
            for worker in self._workers.values()
            for container in worker.containers
            if container.current is not None
            and isinstance(process := container.current.process, Process)
            and process.pid
        ]

    def source_changed(self, kind: str, namespace: str, name: str) -> None:
        """A ConfigMap or Secret has changed."""
        for worker in self._workers.values():
            context = worker.context
            if (kind, name) in context.references and namespace_of(context.pod) == namespace:
                worker.sources_changed()

    def end_leftovers(self) -> None:
        """End what a killed host left running."""
        run = self._machine.config.root / "run"
        run.mkdir(parents=True, exist_ok=True)
        for path in run.iterdir():
            if end_leftover(path):
                log.warning("ended a process that was left running: %s", path.name)
            path.unlink(missing_ok=True)

    def forget_all_but(self, pods: Iterable[Object]) -> None:
        """Remove the folders of pods that were deleted while this machine was off."""
        known = {uid_of(pod) for pod in pods}
        folder = self._machine.config.root / "pods"
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)

    async def stop(self, grace_seconds: float) -> None:
        """End all processes with the machine."""
        self._stopping = True
        await asyncio.gather(*(w.stop(grace_seconds) for w in self._workers.values()))

    def _gone(self, uid: str) -> None:
        self._workers.pop(uid, None)

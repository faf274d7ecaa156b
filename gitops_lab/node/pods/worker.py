"""The life of one pod on this machine: from its binding to its final deletion.

Runs on the node's event loop. One task a pod; `update` and `deleted` bring the news.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from gitops_lab.kube.errors import ApiError, Conflict, NotFound
from gitops_lab.kube.objects import Object, is_terminating, name_of, namespace_of, uid_of
from gitops_lab.node import times
from gitops_lab.node.machine import Machine
from gitops_lab.node.pods import volumes
from gitops_lab.node.pods.backoff import Backoff
from gitops_lab.node.pods.container import Container
from gitops_lab.node.pods.context import PodContext
from gitops_lab.node.pods.mounting import Mounter
from gitops_lab.node.pods.reporter import Reporter
from gitops_lab.node.pods.restore import restore
from gitops_lab.node.pods.status import PodView, phase_of

log = logging.getLogger(__name__)

_FINAL = ("Succeeded", "Failed")
_DELETE_AGAIN = 1.0
_TOO_LONG = "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"


class PodWorker:
    """Begins at once when made; `gone` is called when nothing of the pod is left here."""

    def __init__(self, machine: Machine, pod: Object, gone: Callable[[str], None]) -> None:
        status = pod.get("status") or {}
        place = machine.addresses.take(uid_of(pod), status.get("podIP") or "")
        self.context = PodContext(machine, pod, place, self._changed)
        self.containers = _containers(self.context)
        self._gone = gone
        self._start_time = status.get("startTime") or times.now()
        self._finished = status.get("phase") in _FINAL
        self._has_sandbox = False
        self._ended = False
        self._failure = _failure_told(status)
        self._exceeding: asyncio.Future[Any] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._deletion = asyncio.Event()
        self._stopping = False  # with the machine: the pod goes on at its next start
        self._mounter = Mounter(self.context)
        self._reporter = Reporter(self.context, self._view)
        if is_terminating(pod):
            self._deletion.set()
        self._task = asyncio.create_task(self._run(), name=f"pod {name_of(pod)}")
        self._set_deadline()

    # -- news

    def update(self, pod: Object) -> None:
        """The object has changed."""
        old, self.context.pod = self.context.pod, pod
        if is_terminating(pod):
            if self._deletion.is_set() and _grace(pod) < _grace(old):
                self._spawn_end()
            self._deletion.set()
            return
        for container in self.containers:
            spec = _declared(pod, container)
            if spec is None:
                continue
            if _is_redefined(spec, container.spec):
                container.redefine(spec)
            container.spec = spec
        self._add_ephemeral()
        if pod["metadata"].get("generation") != old["metadata"].get("generation"):
            self._set_deadline()
            self._changed(True)  # its status says what of the spec was seen
        if _shown_metadata(pod) != _shown_metadata(old):
            self.sources_changed()
        if _custom_conditions(pod) != _custom_conditions(old):
            self._changed(True)

    def deleted(self) -> None:
        """The object is gone: nothing of it may stay."""
        self._kill_all()
        self._task.cancel()

    def sources_changed(self) -> None:
        """A ConfigMap or Secret that the pod refers to, or its own metadata, has changed."""
        self.context.nudge()
        self._mounter.refresh()

    async def stop(self, grace_seconds: float) -> None:
        """End its processes with the machine; the object stays as it is."""
        self._stopping = True
        self._reporter.close()
        self._mounter.close()
        self._task.cancel()
        await asyncio.gather(*(c.end(grace_seconds) for c in self.containers))

    # -- its life

    async def _run(self) -> None:
        try:
            if not self._finished:
                await self._unless_deleted(self._live())
            await self._deletion.wait()
            await self._end()
            await self._delete()
        except asyncio.CancelledError:
            log.debug("pod %s is let go", self.context.full_name)
        except Exception:
            log.exception("pod %s", self.context.full_name)
            self._kill_all()
        finally:
            if self._deadline is not None:
                self._deadline.cancel()
            self._reporter.close()
            self._mounter.close()
            if not self._stopping:
                self.context.remove()
                self._gone(self.context.uid)

    def _kill_all(self) -> None:
        for container in self.containers:
            container.kill()

    async def _unless_deleted(self, work: Coroutine[Any, Any, None]) -> None:
        living = asyncio.create_task(work)
        deletion = asyncio.create_task(self._deletion.wait())
        try:
            await asyncio.wait({living, deletion}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            deletion.cancel()
            living.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await living

    def _add_ephemeral(self) -> None:
        """Run the containers for debugging that were added, once the pod runs."""
        if not self._has_sandbox or self._finished:
            return
        known = {container.name for container in self.containers}
        for spec in self.context.pod["spec"].get("ephemeralContainers") or []:
            if spec["name"] not in known:
                added = Container(self.context, spec, ephemeral=True)
                added.state.state = {"waiting": {"reason": "ContainerCreating"}}
                restore(self.context.pod, added.state)
                self.containers.append(added)
                if added.state.exit_code is None:
                    added.start()
                self._changed(True)

    def _set_deadline(self) -> None:
        """Have the pod failed when it has been here for longer than its spec allows."""
        if self._deadline is not None:
            self._deadline.cancel()
        seconds = self.context.pod["spec"].get("activeDeadlineSeconds")
        if seconds is None:
            self._deadline = None
            return
        passed = datetime.now(UTC) - times.parse(self._start_time)
        left = max(0.0, seconds - passed.total_seconds())
        self._deadline = asyncio.get_running_loop().call_later(left, self._exceed)

    def _exceed(self) -> None:
        if self._stopping or self._deletion.is_set() or phase_of(self._view()) in _FINAL:
            return
        self._failure = _TOO_LONG
        self.context.record("Normal", *_TOO_LONG)
        grace = self._grace_seconds()
        self._exceeding = asyncio.gather(*(c.end(grace) for c in self.containers))
        self._changed(True)

    async def _live(self) -> None:
        self._changed(False)
        await self._mount()
        self._has_sandbox = True
        self._add_ephemeral()
        if not await self._initialize():
            return
        await _ended({c.start() for c in self.containers if c.state.main})
        await self._end_sidecars()

    async def _mount(self) -> None:
        backoff = Backoff(base=0.5, cap=122, first=0.5)
        while True:
            try:
                await self._mounter.mount()
                return
            except volumes.MountError as error:
                self.context.record("Warning", "FailedMount", str(error))
            except ApiError as error:
                log.info("pod %s waits for the API: %s", self.context.full_name, error)
            await self.context.nudged(backoff.delay(asyncio.get_running_loop().time()))

    async def _initialize(self) -> bool:
        """Run the init containers in their order; whether the pod may go on."""
        for container in self.containers:
            if not container.state.init:
                continue
            task = container.start()
            if container.state.sidecar:
                await container.started.wait()
                continue
            await _ended({task})
            if container.state.exit_code != 0:
                await self._end_sidecars()
                return False
        return True

    async def _end_sidecars(self) -> None:
        for container in reversed(self.containers):
            if container.state.sidecar:
                await container.end(self._grace_seconds())
        self._changed(True)

    async def _end(self) -> None:
        """Main containers together, then sidecars in the reverse of their order."""
        grace = self._grace_seconds()
        plain = [c for c in self.containers if not c.state.sidecar]
        await asyncio.gather(*(c.end(grace) for c in plain))
        await self._end_sidecars()
        self._ended = not self._finished
        await self._reporter.write_now()

    def _spawn_end(self) -> None:
        """The grace period was shortened while the pod ends."""
        grace = _grace(self.context.pod)
        for container in self.containers:
            if container.current is not None:
                container.current.end_soon(grace)

    def _grace_seconds(self) -> float:
        return _grace(self.context.pod)

    async def _delete(self) -> None:
        pod, api = self.context.pod, self.context.machine.api
        while True:
            try:
                await api.call(
                    api.client.delete,
                    "v1",
                    "Pod",
                    name_of(pod),
                    namespace_of(pod),
                    uid=self.context.uid,
                    grace_seconds=0,
                )
                return
            except (NotFound, Conflict):
                return
            except ApiError as error:
                log.info("deleting pod %s: %s", self.context.full_name, error)
                await asyncio.sleep(_DELETE_AGAIN)

    # -- its status

    def _changed(self, at_once: bool) -> None:
        self._reporter.changed(at_once)

    def _view(self) -> PodView:
        return PodView(
            pod=self.context.pod,
            containers=[container.state for container in self.containers],
            pod_ip=self.context.place.ip if self._has_sandbox else "",
            host_ip=self.context.machine.config.host_address,
            start_time=self._start_time,
            has_sandbox=self._has_sandbox and not self._ended,
            ended=self._ended,
            failure=self._failure,
        )


def _failure_told(status: Object) -> tuple[str, str] | None:
    """Why the pod was failed before this process began."""
    if status.get("phase") != "Failed" or not status.get("reason"):
        return None
    return status["reason"], status.get("message", "")


def _containers(context: PodContext) -> list[Container]:
    spec = context.pod["spec"]
    init = [Container(context, c, init=True) for c in spec.get("initContainers") or []]
    main = [Container(context, c) for c in spec["containers"]]
    reason = "PodInitializing" if init else "ContainerCreating"
    for container in (*init, *main):
        container.state.state = {"waiting": {"reason": reason}}
        restore(context.pod, container.state)
    return [*init, *main]


async def _ended(tasks: "set[asyncio.Task[None]]") -> None:
    """Wait for tasks without ending them when the wait is given up."""
    await asyncio.wait(tasks)
    for task in tasks:
        task.result()


def _declared(pod: Object, container: Container) -> Object | None:
    found = (
        c for c in pod["spec"].get(container.state.section) or [] if c["name"] == container.name
    )
    return next(found, None)


def _is_redefined(new: Object, old: Object) -> bool:
    """Whether a change of its declaration means that the container is run anew."""
    if new["image"] != old["image"]:
        return True
    changed = _amounts(new) ^ _amounts(old)
    policies = {each["resourceName"]: each["restartPolicy"] for each in new.get("resizePolicy", [])}
    return any(policies.get(name) == "RestartContainer" for _, name, _ in changed)


def _amounts(spec: Object) -> set[tuple[str, str, str]]:
    """What a container asks for: (requests or limits, resource, amount)."""
    return {
        (which, name, str(amount))
        for which in ("requests", "limits")
        for name, amount in ((spec.get("resources") or {}).get(which) or {}).items()
    }


def _grace(pod: Object) -> float:
    declared = pod["metadata"].get("deletionGracePeriodSeconds")
    if declared is None:
        declared = pod["spec"].get("terminationGracePeriodSeconds", 30)
    return float(declared)


def _shown_metadata(pod: Object) -> tuple[object, object]:
    return pod["metadata"].get("labels"), pod["metadata"].get("annotations")


def _custom_conditions(pod: Object) -> list[tuple[str, str]]:
    gates = {gate["conditionType"] for gate in pod["spec"].get("readinessGates") or []}
    conditions = (pod.get("status") or {}).get("conditions") or []
    return [(c["type"], c["status"]) for c in conditions if c["type"] in gates]

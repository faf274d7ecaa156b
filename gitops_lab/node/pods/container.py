"""One container of a pod: from its image to its process, and again after each end.

Runs on the node's event loop. Messages, reasons and events are those of a kubelet.
"""

import asyncio
import contextlib
import logging
import uuid

from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import Object
from gitops_lab.node import times
from gitops_lab.node.images import Image, PullError, image_id, pull_policy
from gitops_lab.node.pods.backoff import Backoff, go_duration
from gitops_lab.node.pods.context import PodContext
from gitops_lab.node.pods.environment import ConfigError
from gitops_lab.node.pods.invocation import Invocation, prepare
from gitops_lab.node.pods.logs import LogFile
from gitops_lab.node.pods.run import Run, RunFailed
from gitops_lab.node.pods.status import ContainerState
from gitops_lab.node.pods.volumes import MountError

log = logging.getLogger(__name__)

_AT_ONCE = 1.0
_AGAIN_SECONDS = 10.0
_NEVER = "1970-01-01T00:00:00Z"
_UNCOUNTED = ("ErrImagePull", "ImagePullBackOff")


class Container:
    """Its state is what the pod's status tells; `run` is its life."""

    def __init__(
        self, context: PodContext, spec: Object, *, init: bool = False, ephemeral: bool = False
    ) -> None:
        config = context.machine.config
        self.context = context
        self.spec = spec
        sidecar = init and spec.get("restartPolicy") == "Always"
        self.state = ContainerState(
            spec["name"], spec["image"], init=init, sidecar=sidecar, ephemeral=ephemeral
        )
        self.log: LogFile | None = None
        self.current: Run | None = None
        self.started = asyncio.Event()
        self._crashes = Backoff(config.backoff_seconds, config.backoff_cap_seconds)
        self._pulls = Backoff(
            config.backoff_seconds, config.backoff_cap_seconds, config.backoff_seconds
        )
        self._ending = False
        self._redefined = False
        self._task: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """The container's name."""
        return self.state.name

    @property
    def part(self) -> str:
        """Which part of the pod events are about."""
        return f"spec.{self.state.section}{{{self.name}}}"

    # -- for the pod

    def start(self) -> "asyncio.Task[None]":
        """Begin its life; the task ends when it won't be run again."""
        self._task = asyncio.create_task(self._live(), name=f"container {self.name}")
        return self._task

    async def end(self, grace_seconds: float) -> None:
        """End it for good: gracefully if it runs."""
        self._ending = True
        if self._task is None:
            return
        if self.current is not None:
            self.context.record("Normal", "Killing", f"Stopping container {self.name}", self.part)
            await self.current.end(grace_seconds)
        else:
            self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def kill(self) -> None:
        """End it for good and at once."""
        self._ending = True
        if self.current is not None:
            self.current.process.kill()
        if self._task is not None:
            self._task.cancel()

    def redefine(self, spec: Object) -> None:
        """The declaration has changed (its image may): run it anew."""
        self.spec = spec
        self.state.image = spec["image"]
        self._redefined = True
        if self.current is not None:
            message = f"Container {self.name} definition changed, will be restarted"
            self.context.record("Normal", "Killing", message, self.part)
            grace = float(self.context.pod["spec"].get("terminationGracePeriodSeconds") or 30)
            self.current.end_soon(grace)
        self.context.nudge()

    # -- its life

    async def _live(self) -> None:
        while not self._ending:
            image = await self._pull()
            invocation = await self._prepare(image)
            await self._run_once(invocation, image)
            if self._ending or not self._runs_again():
                return
            await self._wait_after_crash()
            self.state.restarts += 1

    async def _pull(self) -> Image:
        while True:
            reference = self.spec["image"]
            policy = pull_policy(self.spec)
            try:
                if policy == "Always":
                    self._event("Normal", "Pulling", f'Pulling image "{reference}"')
                image = self.context.machine.images.pull(reference, policy)
            except PullError as error:
                await self._pull_failed(error, reference, policy)
                continue
            self._event("Normal", "Pulled", _pulled(reference, policy))
            return image

    async def _pull_failed(self, error: PullError, reference: str, policy: str) -> None:
        if error.reason != "ErrImagePull":
            self._wait(error.reason, error.message)
            self._event(
                "Warning", "InspectFailed" if "Name" in error.reason else "Failed", str(error)
            )
            self._event("Warning", "Failed", f"Error: {error.reason}")
            await self._nudged(_AGAIN_SECONDS)
            return
        if policy != "Always":
            self._event("Normal", "Pulling", f'Pulling image "{reference}"')
        self._wait("ErrImagePull", error.message)
        self._event("Warning", "Failed", f'Failed to pull image "{reference}": {error.message}')
        self._event("Warning", "Failed", "Error: ErrImagePull")
        delay = self._pulls.delay(asyncio.get_running_loop().time())
        await self._nudged(delay / 2)  # the error is to be seen before the back-off is
        message = f'Back-off pulling image "{reference}"'
        self._wait("ImagePullBackOff", f"{message}: ErrImagePull: {error.message}")
        self._event("Normal", "BackOff", message)
        self._event("Warning", "Failed", "Error: ImagePullBackOff")
        await self._nudged(delay / 2)

    async def _prepare(self, image: Image) -> Invocation:
        while True:
            try:
                return await prepare(self.context, self.spec, image)
            except ConfigError as error:
                self._wait("CreateContainerConfigError", str(error))
                self._event("Warning", "Failed", f"Error: {error}")
            except (MountError, OSError) as error:
                self._wait("CreateContainerError", str(error))
                self._event("Warning", "Failed", f"Error: {error}")
            except ApiError as error:
                log.info("container %s waits for the API: %s", self.name, error)
            await self._nudged(_AGAIN_SECONDS)

    async def _run_once(self, invocation: Invocation, image: Image) -> None:
        state = self.state
        state.container_id = f"gitops-lab://{uuid.uuid4().hex}{uuid.uuid4().hex}"
        state.image_id = image_id(image)
        self._redefined = False
        self.log = LogFile(self.context.log_path(self.name, state.restarts))
        self._event("Normal", "Created", f"Container created: {self.name}")
        if invocation.simulated:
            await self.context.mark_simulated(self.name, self.spec["image"], self.part)
        try:
            self.current = await Run.start(self.context, self.spec, invocation, self.log, self)
        except RunFailed as error:
            self._event("Warning", "Failed", f"Error: {error}")
            self._ended(
                {
                    "exitCode": 128,
                    "reason": "StartError",
                    "message": str(error),
                    "startedAt": _NEVER,
                }
            )
            return
        began = times.now()
        state.state = {"running": {"startedAt": began}}
        self._event("Normal", "Started", f"Container started: {self.name}")
        self.context.changed(False)
        if invocation.simulated and state.init and not state.sidecar:
            self.current.end_soon(_AT_ONCE)  # what follows waits for its end
        try:
            terminated = await self.current.until_exit()
        finally:
            self.current = None
        self._ended({"startedAt": began, **terminated})

    def _ended(self, terminated: Object) -> None:
        state = self.state
        terminated |= {"finishedAt": times.now(), "containerID": state.container_id}
        state.state = {"terminated": terminated}
        state.ready = state.started = False
        self.started.clear()
        self._forget_old_logs()
        self.context.changed(True)

    def _runs_again(self) -> bool:
        policy = self.context.pod["spec"].get("restartPolicy", "Always")
        if self.state.ephemeral:
            return False
        if self.state.sidecar or self._redefined:
            return True
        if self.state.init:
            return policy != "Never" and self.state.exit_code != 0
        return policy == "Always" or (policy == "OnFailure" and self.state.exit_code != 0)

    async def _wait_after_crash(self) -> None:
        state = self.state
        delay = 0.0 if self._redefined else self._crashes.delay(asyncio.get_running_loop().time())
        state.last_state = state.state
        if not delay:
            return
        name, pod = self.name, self.context.full_name
        for_how_long = go_duration(delay)
        message = f"back-off {for_how_long} restarting failed container={name} pod={pod}"
        state.last_state = state.state
        self._wait("CrashLoopBackOff", message)
        self._event(
            "Warning", "BackOff", f"Back-off restarting failed container {name} in pod {pod}"
        )
        await self._sleep_unless_redefined(delay)

    async def _sleep_unless_redefined(self, delay: float) -> None:
        end = asyncio.get_running_loop().time() + delay
        while not self._redefined and (left := end - asyncio.get_running_loop().time()) > 0:
            await self._nudged(left)

    async def _nudged(self, timeout: float) -> None:
        await self.context.nudged(timeout)

    def _wait(self, reason: str, message: str) -> None:
        waiting = {"reason": reason, "message": message}
        if self.state.state != {"waiting": waiting}:
            self.state.state = {"waiting": waiting}
            self.context.changed(True)

    def _event(self, kind: str, reason: str, message: str) -> None:
        self.context.record(kind, reason, message, self.part)

    def _forget_old_logs(self) -> None:
        """Only this run's log and the one before stay."""
        folder = self.context.log_path(self.name, 0).parent
        for path in folder.glob("*.log*"):
            if int(path.name.partition(".")[0]) < self.state.restarts - 1:
                path.unlink(missing_ok=True)

    # -- for the run

    def set_ready(self, ready: bool) -> None:
        """A readiness probe has an answer."""
        if self.state.ready != ready:
            self.state.ready = ready
            self.context.changed(True)

    def set_started(self) -> None:
        """It has started, by its startup probe if it has one."""
        if not self.state.started:
            self.state.started = True
            self.started.set()
            self.context.changed(False)


def _pulled(reference: str, policy: str) -> str:
    if policy == "Always":
        return f'Successfully pulled image "{reference}" in 1ms (1ms including waiting).'
    return (
        f'Container image "{reference}" already present on machine and can be accessed by the pod'
    )

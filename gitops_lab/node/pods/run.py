"""One run of a container: its process with log, hooks and probes, until it has ended."""

import asyncio
import contextlib
import errno
import os
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from gitops_lab.kube.objects import Object, namespace_of
from gitops_lab.node.pods.context import PodContext
from gitops_lab.node.pods.hooks import HookFailed, run_command, run_hook
from gitops_lab.node.pods.invocation import Invocation
from gitops_lab.node.pods.logs import LogFile
from gitops_lab.node.pods.pipes import read_pipe
from gitops_lab.node.pods.probes import Report, Target, probe_forever
from gitops_lab.node.processes import SIGTERM, Exit, Process, StartFailed, Streams
from gitops_lab.node.simulated import SimulatedProcess, explanation, first_line

_MESSAGE_LINES, _MESSAGE_BYTES = 80, 2048
_MAX_TERMINATION = 4096


class RunFailed(Exception):
    """The process could not be started; the message is a container runtime's."""


class Observer(Protocol):
    """Who is told what the probes say."""

    def set_ready(self, ready: bool) -> None: ...  # noqa: D102
    def set_started(self) -> None: ...  # noqa: D102


class Run:
    """A process that runs, and all that accompanies it."""

    def __init__(
        self, context: PodContext, spec: Object, invocation: Invocation, log: LogFile
    ) -> None:
        self.context, self.spec, self.invocation, self.log = context, spec, invocation, log
        self.process: Process | SimulatedProcess
        self.stdin: int | None = None
        self._pipes: list[asyncio.Future[None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._grace: float | None = None
        self.target = Target(context.place, _named_ports(spec), self._run_beside)

    @classmethod
    async def start(
        cls,
        context: PodContext,
        spec: Object,
        invocation: Invocation,
        log: LogFile,
        observer: Observer,
    ) -> "Run":
        """Start the process and what goes with it. Raises RunFailed."""
        run = cls(context, spec, invocation, log)
        try:
            await run._start_process()
        except StartFailed as error:
            log.close()
            raise RunFailed(_start_message(invocation.command.arguments[0], error)) from error
        except asyncio.CancelledError:
            log.close()
            raise
        run._spawn(run._accompany(observer))
        return run

    async def until_exit(self) -> Object:
        """The `terminated` state: exitCode, reason, message, signal."""
        try:
            ended = await self.process.wait()
            await asyncio.gather(*self._pipes)
        finally:
            for task in self._tasks:
                task.cancel()
            self._close_stdin()
            message = self._termination_message()
            self.log.close()
        return _terminated(ended, message)

    async def end(self, grace_seconds: float) -> None:
        """preStop hook, SIGTERM, the grace period, SIGKILL; returns when it has ended."""
        if self._grace is not None:  # it is being ended: a shorter grace period counts
            self._shorten(grace_seconds)
            await self.process.wait()
            return
        self._grace = grace_seconds
        self._shorten(grace_seconds)
        hook = (self.spec.get("lifecycle") or {}).get("preStop")
        if hook and not self.invocation.simulated:
            with contextlib.suppress(HookFailed, TimeoutError):
                await run_hook(hook, self.target, grace_seconds)
        self.process.signal(SIGTERM)
        await self.process.wait()

    def end_soon(self, grace_seconds: float) -> None:
        """As `end`, without waiting for it."""
        self._spawn(self.end(grace_seconds))

    def _shorten(self, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self.process.kill)

    async def _simulate(self) -> None:
        who = self.spec["name"], self.spec["image"]
        process = self.process = SimulatedProcess()
        await process.listen(self.context.place, self.invocation.ports, explanation(*who))
        self.log.write("stderr", first_line(*who, namespace_of(self.context.pod)).encode())

    async def _start_process(self) -> None:
        if self.invocation.simulated:
            await self._simulate()
            return
        theirs = self._open_terminal() if self.spec.get("tty") else self._open_pipes()
        try:
            self.invocation.command.pid_file.parent.mkdir(parents=True, exist_ok=True)
            launcher = self.context.machine.launcher
            self.process = await launcher.start(self.invocation.command, Streams(*theirs))
        except BaseException:
            self._close_stdin()
            raise
        finally:
            for descriptor in set(theirs):
                os.close(descriptor)

    def _open_pipes(self) -> list[int]:
        theirs = [self._open_stdin()]
        for stream in ("stdout", "stderr"):
            reading, writing = os.pipe()
            theirs.append(writing)
            self._pipes.append(read_pipe(reading, self._writer(stream)))
        return theirs

    def _open_terminal(self) -> list[int]:
        ours, theirs = os.openpty()
        os.set_blocking(ours, False)
        if self.spec.get("stdin"):
            self.stdin = os.dup(ours)
        self._pipes.append(read_pipe(ours, self._writer("stdout")))
        return [theirs, theirs, theirs]

    def _writer(self, stream: str) -> Callable[[bytes], None]:
        return lambda data: self.log.write(stream, data)

    def _open_stdin(self) -> int:
        if not self.spec.get("stdin"):
            return os.open(os.devnull, os.O_RDONLY)
        reading, self.stdin = os.pipe()
        os.set_blocking(self.stdin, False)
        return reading

    def _close_stdin(self) -> None:
        if self.stdin is not None:
            os.close(self.stdin)
            self.stdin = None

    # -- hooks and probes

    async def _accompany(self, observer: Observer) -> None:
        if self.invocation.simulated:  # nobody is there to answer hooks and probes
            observer.set_started()
            observer.set_ready(True)
            return
        if hook := (self.spec.get("lifecycle") or {}).get("postStart"):
            try:
                await run_hook(hook, self.target, None)
            except HookFailed as error:
                self._event("FailedPostStartHook", f"PostStartHook failed: {error}")
                await self._kill_for("FailedPostStartHook")
        await self._until_started()
        observer.set_started()
        if probe := self.spec.get("livenessProbe"):
            self._spawn(self._watch_liveness(probe))
        if probe := self.spec.get("readinessProbe"):
            self._spawn(self._watch_readiness(probe, observer))
        else:
            observer.set_ready(True)

    async def _until_started(self) -> None:
        probe = self.spec.get("startupProbe")
        if not probe:
            return
        up = asyncio.Event()

        async def report(success: bool) -> None:
            if success:
                up.set()
            else:
                await self._kill_for("startup probe", probe)

        watch = self._watch(probe, "Startup", report, eager=True)
        task = self._spawn(watch)
        await up.wait()
        task.cancel()

    async def _watch_liveness(self, probe: Object) -> None:
        async def report(success: bool) -> None:
            if not success:
                await self._kill_for("liveness probe", probe)

        await self._watch(probe, "Liveness", report, eager=False)

    async def _watch_readiness(self, probe: Object, observer: Observer) -> None:
        async def report(success: bool) -> None:
            observer.set_ready(success)

        await self._watch(probe, "Readiness", report, eager=True)

    async def _watch(self, probe: Object, word: str, report: Report, *, eager: bool) -> None:
        def unhealthy(message: str) -> None:
            self._event("Unhealthy", f"{word} probe failed: {message}")

        await probe_forever(probe, self.target, eager=eager, report=report, unhealthy=unhealthy)

    async def _kill_for(self, why: str, probe: Object | None = None) -> None:
        if self._grace is not None:
            return
        name = self.spec["name"]
        message = f"Container {name} failed {why}, will be restarted"
        self.context.record("Normal", "Killing", message, f"spec.containers{{{name}}}")
        pod_grace = self.context.pod["spec"].get("terminationGracePeriodSeconds")
        grace = (probe or {}).get("terminationGracePeriodSeconds") or pod_grace or 30
        self.end_soon(float(grace))

    async def _run_beside(self, arguments: tuple[str, ...], timeout: float) -> tuple[bool, str]:
        return await run_command(self.context.machine.launcher, self.invocation, arguments, timeout)

    def _event(self, reason: str, message: str) -> None:
        part = f"spec.containers{{{self.spec['name']}}}"
        self.context.record("Warning", reason, message, part)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _termination_message(self) -> str:
        declared = self.spec.get("terminationMessagePath") or "/dev/termination-log"
        root = self.invocation.command.environment["GITOPS_LAB_MOUNT_ROOT"]
        path = os.path.realpath(root + "/" + declared)
        if path.startswith(os.path.realpath(root) + os.sep):
            with contextlib.suppress(OSError), open(path, errors="replace") as file:
                if text := file.read(_MAX_TERMINATION):
                    return text
        return ""


def _terminated(ended: Exit, message: str) -> Object:
    state: Object = {
        "exitCode": ended.status,
        "reason": "Completed" if ended.status == 0 else "Error",
    }
    if message:
        state["message"] = message
    return state


def _named_ports(spec: Object) -> dict[str, int]:
    return {
        port["name"]: int(port["containerPort"])
        for port in spec.get("ports") or []
        if port.get("name")
    }


def _start_message(program: str, error: StartFailed) -> str:
    problem = (
        "executable file not found in $PATH"
        if error.errno == errno.ENOENT and "/" not in program
        else str(error).lower()
    )
    return (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
        "runc create failed: unable to start container process: error during container init: "
        f'exec: "{program}": {problem}: unknown'
    )

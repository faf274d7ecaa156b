"""WebSocket /exec/NAMESPACE/POD/CONTAINER?command=...: another command beside a container's."""

import asyncio
import contextlib
import errno
import itertools
import os

from gitops_lab.asgi.names import Receive, Scope, Send
from gitops_lab.node.endpoint.asgi import Refused, Request
from gitops_lab.node.endpoint.channels import (
    CLOSE,
    RESIZE,
    STDERR,
    STDIN,
    STDOUT,
    Channels,
    exit_status,
    internal_error,
    resize,
)
from gitops_lab.node.pods.pipes import blocks, write_all
from gitops_lab.node.pods.run import Run
from gitops_lab.node.processes import Launcher, Process, StartFailed, Streams

_numbers = itertools.count()


async def execute(
    scope: Scope, request: Request, run: Run, launcher: Launcher, receive: Receive, send: Send
) -> None:
    """Run the command with its streams on channels; ends with its exit code."""
    arguments = tuple(request.query.get("command", ()))
    if not arguments:
        raise Refused(400, "you must specify at least 1 command to execute")
    channels = await Channels.accept(scope, receive, send)
    session = _Session(request, channels)
    name = f"exec-{next(_numbers)}"
    command = run.invocation.beside(arguments, name, tty=session.tty)
    try:
        process = await launcher.start(command, session.streams())
    except StartFailed as error:
        session.close()
        await channels.finish(internal_error(_start_message(arguments[0], error)))
        return
    finally:
        session.close_theirs()
    try:
        await session.converse(process)
    finally:
        process.kill()
        session.close()


async def refuse_execution(scope: Scope, message: str, receive: Receive, send: Send) -> None:
    """Tell why nothing can be run, as a failure of the command: clients show that as it is."""
    channels = await Channels.accept(scope, receive, send)
    await channels.finish(internal_error(message))


class _Session:
    """The descriptors of one exec: pipes, or one pseudo-terminal for all."""

    def __init__(self, request: Request, channels: Channels) -> None:
        self.tty = request.flag("tty")
        self._channels = channels
        self._stdin = -1
        self._outputs: dict[int, int] = {}
        self._theirs: list[int] = []
        if self.tty:
            self._open_terminal()
        else:
            self._open_pipes(request.flag("stdin"))

    def streams(self) -> Streams:
        """The process' side."""
        return Streams(*self._theirs)

    def close_theirs(self) -> None:
        """The process has its own copies now."""
        for descriptor in set(self._theirs):
            os.close(descriptor)
        self._theirs = []

    def close(self) -> None:
        """Let go of our side."""
        for descriptor in {self._stdin, *self._outputs.values()} - {-1}:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._stdin, self._outputs = -1, {}

    async def converse(self, process: Process) -> None:
        """Pass on both ways until the command has ended or the client is gone."""
        feeding = asyncio.create_task(self._feed())
        ending = asyncio.create_task(self._until_end(process))
        await asyncio.wait({feeding, ending}, return_when=asyncio.FIRST_COMPLETED)
        for task in (feeding, ending):
            task.cancel()
        await asyncio.gather(feeding, ending, return_exceptions=True)

    async def _until_end(self, process: Process) -> None:
        await asyncio.gather(*(self._pass_on(*output) for output in self._outputs.items()))
        ended = await process.wait()
        await self._channels.finish(exit_status(ended.status))

    async def _pass_on(self, channel: int, descriptor: int) -> None:
        async for block in blocks(descriptor):
            await self._channels.send(channel, block)

    async def _feed(self) -> None:
        while (message := await self._channels.receive()) is not None:
            channel, data = message
            if channel == STDIN and self._stdin >= 0:
                with contextlib.suppress(OSError):  # it may read no more
                    await write_all(self._stdin, data)
            elif channel == RESIZE and self.tty:
                resize(self._stdin, data)
            elif channel == CLOSE and data == bytes((STDIN,)) and not self.tty:
                self._close_stdin()

    def _close_stdin(self) -> None:
        if self._stdin >= 0:
            os.close(self._stdin)
            self._stdin = -1

    def _open_terminal(self) -> None:
        ours, theirs = os.openpty()
        os.set_blocking(ours, False)
        self._stdin, self._outputs = ours, {STDOUT: ours}
        self._theirs = [theirs, theirs, theirs]

    def _open_pipes(self, with_stdin: bool) -> None:
        if with_stdin:
            reading, self._stdin = os.pipe()
            os.set_blocking(self._stdin, False)
        else:
            reading = os.open(os.devnull, os.O_RDONLY)
        self._theirs = [reading]
        for channel in (STDOUT, STDERR):
            ours, theirs = os.pipe()
            os.set_blocking(ours, False)
            self._outputs[channel] = ours
            self._theirs.append(theirs)


def _start_message(program: str, error: StartFailed) -> str:
    missing = error.errno == errno.ENOENT and "/" not in program
    problem = "executable file not found in $PATH" if missing else str(error).lower()
    return (
        "error executing command in container: failed to exec in container: failed to start exec: "
        "OCI runtime exec failed: exec failed: unable to start container process: "
        f'exec: "{program}": {problem}: unknown'
    )

"""Commands beside a container's process: exec probes and the hooks of its life."""

import asyncio
import itertools
import os

from gitops_lab.kube.objects import Object
from gitops_lab.node.pods.invocation import Invocation
from gitops_lab.node.pods.pipes import read_pipe
from gitops_lab.node.pods.probes import Target, ask
from gitops_lab.node.processes import Launcher, StartFailed, Streams

_MAX_OUTPUT = 10 * 1024
_FOREVER = 24 * 3600.0
_numbers = itertools.count()


class HookFailed(Exception):
    """A postStart or preStop hook failed; the message says how."""


async def run_hook(hook: Object, target: Target, timeout: float | None) -> None:
    """Run a hook. Raises HookFailed, or TimeoutError."""
    if sleep := hook.get("sleep"):
        await asyncio.sleep(min(float(sleep["seconds"]), timeout or _FOREVER))
        return
    up, message = await ask(hook, target, timeout or _FOREVER)
    if not up:
        raise HookFailed(message)


async def run_command(
    launcher: Launcher, invocation: Invocation, arguments: tuple[str, ...], timeout: float
) -> tuple[bool, str]:
    """Whether a command beside the container exits with 0, and what it wrote."""
    output = bytearray()
    reading, writing = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    ended = read_pipe(reading, lambda data: output.extend(data[: _MAX_OUTPUT - len(output)]))
    command = invocation.beside(arguments, f"{next(_numbers)}")
    try:
        process = await launcher.start(command, Streams(nothing, writing, writing))
    except StartFailed as error:
        return False, f'exec: "{arguments[0]}": {error}'
    finally:
        os.close(writing)
        os.close(nothing)
    try:
        async with asyncio.timeout(timeout):
            exit_ = await process.wait()
            await ended
    except TimeoutError:
        process.kill()
        return False, f'command timed out: "{" ".join(arguments)}" timed out after {timeout:g}s'
    except asyncio.CancelledError:
        process.kill()
        raise
    return exit_.status == 0, output.decode(errors="replace")

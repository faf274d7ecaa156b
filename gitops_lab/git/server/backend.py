"""Starting git's http-backend for one request (a CGI program, see git-http-backend(1))."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.asgi.basic import USER
from gitops_lab.git.process import clean_environment

_AT_ONCE = 32
_PIPE_BYTES = 256 * 1024


@dataclass(frozen=True)
class Call:
    """What a request asks of the backend; everything in it has been checked."""

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes]


class Backend:
    """Starts a backend in a process group of its own, and ends the group when it is left."""

    def __init__(self, program: str, root: Path, max_push: int) -> None:
        self.max_push = max_push
        self._program = program
        settings = {"receive.maxInputSize": str(max_push)}
        self._environment = {
            **clean_environment(settings),
            "GIT_PROJECT_ROOT": str(root.resolve()),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "REMOTE_USER": USER,
        }
        self._slots = asyncio.Semaphore(_AT_ONCE)

    @contextlib.asynccontextmanager
    async def running(self, call: Call) -> AsyncIterator[Process]:
        """The process that serves the call; nothing of it is left afterwards."""
        async with self._slots:
            process = await asyncio.create_subprocess_exec(
                self._program,
                env={**self._environment, **_cgi(call)},
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                start_new_session=True,
                limit=_PIPE_BYTES,
            )
            try:
                yield process
            finally:
                await _end(process)


def _cgi(call: Call) -> dict[str, str]:
    """The request as CGI variables. Without CONTENT_LENGTH the backend reads to the end."""
    variables = {
        "REQUEST_METHOD": call.method,
        "PATH_INFO": call.path,
        "QUERY_STRING": call.query,
    }
    names = {
        b"content-type": "CONTENT_TYPE",
        b"content-length": "CONTENT_LENGTH",
        b"content-encoding": "HTTP_CONTENT_ENCODING",
        b"git-protocol": "GIT_PROTOCOL",
    }
    for header, variable in names.items():
        if header in call.headers:
            variables[variable] = call.headers[header].decode("latin-1")
    return variables


async def _end(process: Process) -> None:
    """Kill what is left of the group; pack programs are children of the backend."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()

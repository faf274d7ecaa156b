"""GET /containerLogs/NAMESPACE/POD/CONTAINER: a container's log as text."""

import asyncio
import contextlib
from datetime import datetime
from pathlib import Path

from gitops_lab.asgi.names import Receive, Send
from gitops_lab.node import times
from gitops_lab.node.endpoint.asgi import Refused, Request
from gitops_lab.node.pods.container import Container
from gitops_lab.node.pods.logs import LogFile, LogOptions, read_log
from gitops_lab.node.pods.worker import PodWorker

_HEADERS = [(b"content-type", b"text/plain"), (b"transfer-encoding", b"chunked")]
_PULLING = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


async def logs(
    request: Request, worker: PodWorker, container: Container, receive: Receive, send: Send
) -> None:
    """Answer with the wanted part of the log, to its end or for as long as it is followed."""
    options = _options(request)
    run = _run(request, container)
    path = worker.context.log_path(container.name, run)
    if not path.exists():
        raise Refused(404, f'the log of container "{container.name}" is gone')
    live = container.log if container.log is not None and container.log.path == path else None
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    sending = asyncio.create_task(_send(path, live, options, send))
    leaving = asyncio.create_task(_until_gone(receive))
    await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    sending.cancel()
    with contextlib.suppress(asyncio.CancelledError, OSError):
        await sending


async def _send(path: Path, live: LogFile | None, options: LogOptions, send: Send) -> None:
    async for block in read_log(path, live, options):
        await send({"type": "http.response.body", "body": block, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _options(request: Request) -> LogOptions:
    seconds, moment = request.number("sinceSeconds"), request.text("sinceTime")
    since: datetime | None = None
    try:
        if seconds is not None:
            since = LogOptions.since_seconds(seconds)
        elif moment:
            since = times.parse(moment)
    except (ValueError, OverflowError):
        raise Refused(400, f"sinceTime: not a time: {moment}") from None
    return LogOptions(
        follow=request.flag("follow"),
        tail_lines=request.number("tailLines"),
        since=since,
        timestamps=request.flag("timestamps"),
        limit_bytes=request.number("limitBytes"),
    )


def _run(request: Request, container: Container) -> int:
    """The number of the run whose log is wanted, chosen as a kubelet does."""
    state, where = container.state, f'container "{container.name}" in pod "{request.pod}"'
    if request.flag("previous"):
        if not state.last_state.get("terminated"):
            raise Refused(400, f"previous terminated {where} not found")
        return state.restarts if _waits_again(container) else state.restarts - 1
    if state.running or "terminated" in state.state or _waits_again(container):
        return state.restarts
    if state.last_state.get("terminated"):
        return max(0, state.restarts - 1)
    reason = (state.state.get("waiting") or {}).get("reason", "")
    raise Refused(400, f"{where} is waiting to start: {_PULLING.get(reason, reason)}")


def _waits_again(container: Container) -> bool:
    """Whether it waits after a run that still counts as the newest."""
    return container.log is not None and "waiting" in container.state.state

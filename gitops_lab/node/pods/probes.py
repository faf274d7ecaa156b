"""Probes: what is asked, how often, and what follows. Runs on the node's event loop."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from gitops_lab.kube.objects import Object
from gitops_lab.node.addresses import PodPlace

_MAX_HEAD = 65536
# While it starts, ask each 8 ms for 0.4 s, then ever more rarely.
_EAGER_FIRST, _EAGER_SECONDS, _EAGER_GROWTH = 0.008, 0.4, 1.3

Exec = Callable[[tuple[str, ...], float], Awaitable[tuple[bool, str]]]
Report = Callable[[bool], Awaitable[None]]


@dataclass(frozen=True)
class Target:
    """What probes and hooks of one container are sent to."""

    place: PodPlace
    ports: Mapping[str, int]  # container ports by their name
    run: Exec

    def port(self, declared: int | str) -> int:
        """The number of a port that may be declared by name. Raises KeyError."""
        if isinstance(declared, int) or declared.isdigit():
            return int(declared)
        return self.ports[declared]


@dataclass(frozen=True)
class Schedule:
    """When to probe and how many answers count, with Kubernetes' defaults."""

    initial_delay: float
    period: float
    timeout: float
    successes: int
    failures: int

    @classmethod
    def of(cls, probe: Object) -> "Schedule":
        """The schedule that a probe declares."""
        return cls(
            float(probe.get("initialDelaySeconds") or 0),
            float(probe.get("periodSeconds") or 10),
            float(probe.get("timeoutSeconds") or 1),
            int(probe.get("successThreshold") or 1),
            int(probe.get("failureThreshold") or 3),
        )


async def probe_forever(
    probe: Object, target: Target, *, eager: bool, report: Report, unhealthy: Callable[[str], None]
) -> None:
    """Ask again and again. `report(up)` when a threshold is reached.

    `eager`: until the first success, within the first period, ask every few milliseconds, so
    that a pod is ready when it is and not up to a period later; failures don't count meanwhile.
    `unhealthy(message)` is called at each failure that counts.
    """
    schedule = Schedule.of(probe)
    await asyncio.sleep(schedule.initial_delay or (0 if eager else schedule.period))
    passed = failed = 0
    if eager:
        message = await _first_success(probe, target, schedule)
        passed = message is None
    while True:
        if passed >= schedule.successes:
            await report(True)
        elif failed >= schedule.failures:
            await report(False)
        await asyncio.sleep(schedule.period if passed or failed else 0)
        up, message = await ask(probe, target, schedule.timeout)
        passed, failed = (passed + 1, 0) if up else (0, failed + 1)
        if not up:
            unhealthy(message)


async def _first_success(probe: Object, target: Target, schedule: Schedule) -> str | None:
    """None once it succeeds; the last message when it has not within a period."""
    loop = asyncio.get_running_loop()
    began, delay = loop.time(), _EAGER_FIRST
    end = began + schedule.period
    message: str | None = ""
    while loop.time() < end:
        up, message = await ask(probe, target, schedule.timeout)
        if up:
            return None
        await asyncio.sleep(min(delay, max(0.0, end - loop.time())))
        if loop.time() > began + _EAGER_SECONDS:
            delay *= _EAGER_GROWTH
    return message


async def ask(probe: Object, target: Target, timeout: float) -> tuple[bool, str]:
    """One probe: whether it succeeded, and a kubelet's words if not."""
    try:
        if http := probe.get("httpGet"):
            return await _http(http, target, timeout)
        if tcp := probe.get("tcpSocket"):
            return await _tcp(target.place.real(target.port(tcp["port"])), timeout)
        if command := probe.get("exec"):
            return await target.run(tuple(command.get("command") or ()), timeout)
    except KeyError as error:
        return False, f"couldn't find port: {error.args[0]}"
    return False, f"missing probe handler or one that is not offered: {', '.join(probe)}"


async def _tcp(address: tuple[str, int], timeout: float) -> tuple[bool, str]:
    where = f"dial tcp {address[0]}:{address[1]}"
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(*address)
    except TimeoutError:
        return False, f"{where}: i/o timeout"
    except OSError:
        return False, f"{where}: connect: connection refused"
    await _close(writer)
    return True, ""


async def _http(http: Object, target: Target, timeout: float) -> tuple[bool, str]:
    secure = http.get("scheme") == "HTTPS"
    host, port = target.place.real(target.port(http["port"]))
    path = http.get("path") or "/"
    path = path if path.startswith("/") else f"/{path}"
    url = f"{'https' if secure else 'http'}://{host}:{port}{path}"
    request = _request(http, f"{host}:{port}", path)
    try:
        async with asyncio.timeout(timeout):
            code = await _status_code((host, port), request, _unverified() if secure else None)
    except TimeoutError:
        problem = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        return False, f'Get "{url}": {problem}'
    except ConnectionRefusedError:
        return False, f'Get "{url}": dial tcp {host}:{port}: connect: connection refused'
    except (OSError, ValueError, IndexError) as error:
        return False, f'Get "{url}": {error or "EOF"}'
    return 200 <= code < 400, f"HTTP probe failed with statuscode: {code}"


def _request(http: Object, host: str, path: str) -> bytes:
    headers = {"Host": host, "User-Agent": "kube-probe/1.37", "Accept": "*/*"}
    headers |= {entry["name"]: entry.get("value", "") for entry in http.get("httpHeaders") or []}
    lines = [f"GET {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join([*lines, "Connection: close", "", ""])).encode()


async def _status_code(address: tuple[str, int], request: bytes, tls: ssl.SSLContext | None) -> int:
    reader, writer = await asyncio.open_connection(*address, ssl=tls, limit=_MAX_HEAD)
    try:
        writer.write(request)
        line = await reader.readline()
        code = int(line.split()[1])
        while await reader.read(_MAX_HEAD):  # to its end, so that the server is not cut off
            continue
        return code
    finally:
        await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@lru_cache(maxsize=1)
def _unverified() -> ssl.SSLContext:
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    return tls

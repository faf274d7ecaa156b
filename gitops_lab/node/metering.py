"""What the pods' processes use of the machine: processor time and memory, sampled when asked.

Processor use is a difference of two samples. Nobody samples while nobody asks: who asks first, or
after a long while, waits a second for the second sample.
"""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gitops_lab.kube.objects import Object, name_of, namespace_of, uid_of
from gitops_lab.node import times
from gitops_lab.node.supervise.tree import descendants

_LINUX = os.path.isdir("/proc/self/task")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SHORTEST, _WANTED, _LONGEST = 1.0, 10.0, 60.0


@dataclass(frozen=True)
class Metered:
    """A process that runs for a container."""

    pod: Object
    container: str
    pid: int


@dataclass(frozen=True)
class Sample:
    """Processor time so far, memory now; `at` is a monotonic time. All in seconds and bytes."""

    at: float
    cpu: float
    memory: int


@dataclass(frozen=True)
class Use:
    """Processors used over a window that ends now, and memory."""

    cores: float
    window: float
    last: Sample


class Meter:
    """Belongs to the node's event loop. `processes` says what runs now on a node."""

    def __init__(self, processes: Callable[[], Iterable[Metered]]) -> None:
        self._processes = processes
        self._samples: dict[int, list[Sample]] = {}

    async def summary(self, node: str) -> Object:
        """A kubelet's /stats/summary, as far as the metrics API needs it."""
        running = [one for one in self._processes() if one.pod["spec"].get("nodeName") == node]
        used = await self._measure([one.pid for one in running])
        pods: dict[str, Object] = {}
        for one in running:
            if one.pid not in used:
                continue
            reference = {
                "name": name_of(one.pod),
                "namespace": namespace_of(one.pod),
                "uid": uid_of(one.pod),
            }
            pod = pods.setdefault(uid_of(one.pod), {"podRef": reference, "containers": []})
            pod["containers"].append({"name": one.container, **_stats(used[one.pid])})
        total = _total(used.values())
        return {"node": {"nodeName": node, **_stats(total)}, "pods": list(pods.values())}

    async def _measure(self, pids: list[int]) -> dict[int, Use]:
        await self._take(pids)
        if any(self._use(pid) is None for pid in pids):
            await asyncio.sleep(_SHORTEST)
            await self._take(pids)
        found = {pid: self._use(pid) for pid in pids}
        return {pid: use for pid, use in found.items() if use is not None}

    async def _take(self, pids: list[int]) -> None:
        taken = await asyncio.to_thread(sample, pids)
        alive = {one.pid for one in self._processes()}
        for pid in [pid for pid in self._samples if pid not in alive]:
            del self._samples[pid]
        for pid, one in taken.items():
            kept = [old for old in self._samples.get(pid, []) if one.at - old.at < _LONGEST]
            self._samples[pid] = [*kept, one]

    def _use(self, pid: int) -> Use | None:
        """Over about ten seconds where samples go back so far."""
        *earlier, last = self._samples.get(pid) or [Sample(0.0, 0.0, 0)]
        enough = [one for one in earlier if last.at - one.at >= _SHORTEST]
        if not enough:
            return None
        long_ago = [one for one in enough if last.at - one.at >= _WANTED]
        first = long_ago[-1] if long_ago else enough[0]
        window = last.at - first.at
        return Use(max(0.0, last.cpu - first.cpu) / window, window, last)


def _total(uses: Iterable[Use]) -> Use:
    """All pods together."""
    uses = list(uses)
    window = min((use.window for use in uses), default=_WANTED)
    last = Sample(
        time.monotonic(),
        sum(use.last.cpu for use in uses),
        sum(use.last.memory for use in uses),
    )
    return Use(sum(use.cores for use in uses), window, last)


def _stats(use: Use) -> Object:
    now = times.now()
    return {
        "cpu": {
            "time": now,
            "usageNanoCores": int(use.cores * 1e9),
            "usageCoreNanoSeconds": int(use.last.cpu * 1e9),
            "windowSeconds": round(use.window, 3),  # ours; a kubelet does not say
        },
        "memory": {
            "time": now,
            "workingSetBytes": use.last.memory,
            "rssBytes": use.last.memory,
        },
    }


def sample(pids: Iterable[int]) -> dict[int, Sample]:
    """What each process and all that it started use; those that have ended are left out."""
    table = {} if _LINUX else _table_by_ps()
    found: dict[int, Sample] = {}
    for pid in pids:
        read = [_read(one, table) for one in (pid, *descendants(pid))]
        if read[0] is None:
            continue
        parts = [part for part in read if part is not None]
        cpu, memory = sum(part[0] for part in parts), sum(part[1] for part in parts)
        found[pid] = Sample(time.monotonic(), cpu, memory)
    return found


_Part = tuple[float, int]


def _read(pid: int, table: Mapping[int, _Part]) -> _Part | None:
    """Processor seconds (with those of ended children) and resident bytes of one process."""
    if not _LINUX:
        return table.get(pid)
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return sum(map(int, fields[11:15])) / _TICKS, int(fields[21]) * _PAGE


def _table_by_ps() -> dict[int, _Part]:
    command = ["ps", "-axo", "pid=,time=,rss="]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    table: dict[int, _Part] = {}
    for line in answer.stdout.splitlines():
        pid, used, resident = line.split()
        table[int(pid)] = (clock_seconds(used), int(resident) * 1024)
    return table


def clock_seconds(text: str) -> float:
    """Seconds of `[[days-]hours:]minutes:seconds[.hundredths]`, as ps writes times."""
    days, _, clock = text.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds + 86400 * int(days or 0)

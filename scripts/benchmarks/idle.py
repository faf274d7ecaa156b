"""What a workspace costs while nobody does anything: processor and memory of both processes."""

import json
import os
import time
from pathlib import Path

from scripts.benchmarks.product import Product, product

SECONDS = 60
_TICKS = os.sysconf("SC_CLK_TCK")


def measure() -> dict[str, object]:
    """`core_percent` of one core over a minute, `rss_mb` of the cluster and loop processes."""
    with product() as place:
        place.run("start", "first-sync")
        time.sleep(5)
        found = pids(place)
        before = {name: _cpu_seconds(pid) for name, pid in found.items()}
        time.sleep(SECONDS)
        used = {name: _cpu_seconds(pid) - before[name] for name, pid in found.items()}
        memory = {name: rss_mb(pid) for name, pid in found.items()}
    return {
        "core_percent": round(sum(used.values()) / SECONDS * 100, 2),
        "rss_mb": round(sum(memory.values())),
        "seconds": SECONDS,
        "each_core_percent": {n: round(s / SECONDS * 100, 2) for n, s in used.items()},
        "each_rss_mb": {name: round(size) for name, size in memory.items()},
    }


def pids(place: Product) -> dict[str, int]:
    """The process ids of a workspace by the processes' names."""
    files = place.place.glob("state/workspaces/*/run/*.json")
    return {file.stem: int(json.loads(file.read_text())["pid"]) for file in files}


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_mb(pid: int) -> float:
    """The resident memory of a process; Linux tells it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0

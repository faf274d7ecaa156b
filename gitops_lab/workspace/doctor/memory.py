"""Memory that is free, as far as this machine or its container lets us have it."""

import os
from pathlib import Path

from gitops_lab.workspace.doctor.model import ONLY_KIND, Finding, Level, Machine, ok
from gitops_lab.workspace.doctor.running import ask

MEGABYTE = 1024 * 1024
EMBEDDED = 400 * MEGABYTE
"""Two processes of below 200 MB together, and the pods."""
KIND = 2000 * MEGABYTE


def check_memory(machine: Machine) -> Finding:
    """Enough for an embedded cluster, and for one of kind."""
    return judge_memory(available(machine))


def judge_memory(free: int) -> Finding:
    """Whether so many bytes are enough."""
    seen = f"{free / MEGABYTE / 1024:.1f} GB of memory available"
    fix = "Close other programs, or give the virtual machine more memory."
    if free < EMBEDDED:
        return Finding("memory", Level.WARN, seen, fix)
    if free < KIND:
        return Finding("memory", Level.WARN, f"{seen}; a kind cluster wants 2 GB", fix, ONLY_KIND)
    return ok("memory", seen)


def available(machine: Machine) -> int:
    """Bytes that programs can still have."""
    if not machine.system.linux:
        answer = ask(machine, "sysctl", "-n", "hw.memsize")
        return int(answer.out) if answer.fine and answer.out.strip().isdigit() else _all()
    return min(_of_meminfo(Path("/proc/meminfo")), _of_cgroup(Path("/sys/fs/cgroup")))


def _all() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _of_meminfo(path: Path) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return _all()
    found = (line.split() for line in lines if line.startswith("MemAvailable:"))
    return next((int(words[1]) * 1024 for words in found), _all())


def _of_cgroup(root: Path) -> int:
    """What the container's limit leaves; as good as endless where there is none."""
    pairs = (
        (root / "memory.max", root / "memory.current"),
        (root / "memory/memory.limit_in_bytes", root / "memory/memory.usage_in_bytes"),
    )
    for limit, used in pairs:
        try:
            return max(0, int(limit.read_text()) - int(used.read_text()))
        except (OSError, ValueError):
            continue
    return 1 << 62

"""Limits of the operating system: open files, and inotify where containers share it."""

import os
import resource
from pathlib import Path

from gitops_lab.workspace.doctor.model import ONLY_KIND, Finding, Level, Machine, ok

FILES = 1024
INOTIFY = {"max_user_instances": 512, "max_user_watches": 524288}
"""What kind asks for once there are several nodes."""


def check_files(machine: Machine) -> Finding:
    """Files and connections that one process may have open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return judge_files(soft, hard)


def judge_files(soft: int, hard: int) -> Finding:
    """Whether that many are enough; -1 is endless."""
    shown = ["without limit" if number < 0 else str(number) for number in (soft, hard)]
    seen = f"{shown[0]} open files a process (at most {shown[1]})"
    if soft < 0 or soft >= FILES:
        return ok("files", seen)
    fix = f"In your shell's profile: `ulimit -n {FILES * 4}`."
    return Finding("files", Level.WARN, seen, fix)


def check_inotify(machine: Machine) -> Finding:
    """Watches of files, which all containers of this machine share."""
    return judge_inotify(Path("/proc/sys/fs/inotify"))


def judge_inotify(folder: Path) -> Finding:
    """Whether the limits below a folder of the kernel are high enough for kind."""
    try:
        now = {name: int((folder / name).read_text()) for name in INOTIFY}
    except (OSError, ValueError):
        return ok("inotify", "not limited here", ONLY_KIND)
    seen = ", ".join(f"{name} is {value}" for name, value in now.items())
    low = {name: wanted for name, wanted in INOTIFY.items() if now[name] < wanted}
    if not low:
        return ok("inotify", seen, ONLY_KIND)
    settings = " ".join(f"fs.inotify.{name}={wanted}" for name, wanted in low.items())

    def raise_them() -> str:
        for name, wanted in low.items():
            (folder / name).write_text(str(wanted))
        return f"set {settings}, until the next restart of the machine"

    allowed = all(os.access(folder / name, os.W_OK) for name in low)
    return Finding(
        "inotify",
        Level.WARN,
        f"{seen}: too low for several nodes",
        f"`sudo sysctl {settings}`",
        ONLY_KIND,
        raise_them if allowed else None,
    )

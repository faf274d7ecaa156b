"""The folder that holds all state: may we write there, how much room is left, is it a real disk."""

import os
import shutil
import tempfile
from pathlib import Path

from gitops_lab.workspace.doctor.model import Finding, Level, Machine, ok

MEGABYTE = 1_000_000
LEAST = 200 * MEGABYTE
"""A workspace with its logs and clones stays well below that."""
COMFORT = 1000 * MEGABYTE


def check_home(machine: Machine) -> Finding:
    """The home folder exists, or can be made, and can be written."""
    home = machine.home
    elsewhere = "Set GITOPS_LAB_HOME to a folder that you may write to."
    if machine.system.wsl and home.is_relative_to("/mnt"):
        return Finding(
            "home",
            Level.FAIL,
            f"{home} is on a Windows drive, where databases and permissions do not hold",
            "Set GITOPS_LAB_HOME to a folder below your Linux home.",
        )
    if not home.exists():
        return _missing(home, elsewhere)
    try:
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        return Finding("home", Level.FAIL, f"{home} can't be written: {error.strerror}", elsewhere)
    if home.stat().st_mode & 0o022 and home.stat().st_uid == os.geteuid():
        return Finding(
            "home",
            Level.WARN,
            f"others may write to {home}",
            f"`chmod go-w {home}`",
            repair=lambda: _close(home),
        )
    return ok("home", str(home))


def _missing(home: Path, elsewhere: str) -> Finding:
    above = next(each for each in home.parents if each.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        return Finding("home", Level.FAIL, f"{home} can't be made in {above}", elsewhere)

    def make() -> str:
        home.mkdir(parents=True, mode=0o700)
        return f"made {home}"

    return Finding(
        "home", Level.WARN, f"{home} is not there yet", "The first start makes it.", repair=make
    )


def _close(home: Path) -> str:
    home.chmod(home.stat().st_mode & ~0o022)
    return f"others may no longer write to {home}"


def check_disk(machine: Machine) -> Finding:
    """Room where the state is."""
    above = next(each for each in (machine.home, *machine.home.parents) if each.exists())
    return judge_disk(shutil.disk_usage(above).free, machine.home)


def judge_disk(free: int, home: Path) -> Finding:
    """Whether so many free bytes are enough."""
    seen = f"{free / 1000 / MEGABYTE:.1f} GB free for {home}"
    fix = "Make room, or set GITOPS_LAB_HOME to a folder on another disk."
    if free < LEAST:
        return Finding("disk", Level.FAIL, seen, fix)
    if free < COMFORT:
        return Finding("disk", Level.WARN, seen, fix)
    return ok("disk", seen)

"""Which processes descend from one, and when a process started. Linux by /proc, else by ps."""

import os

_LINUX = os.path.isdir("/proc/self/task")


def start_time(pid: int) -> str:
    """When a process started, as text to compare with; "" when there is no such process.

    A pid alone may since have been given to another process; together with this it can't.
    """
    if not _LINUX:
        return _ps("-o", "lstart=", "-p", str(pid)).strip()
    fields = _stat_fields(pid)
    return "" if not fields or fields[0] in ("Z", "X") else fields[19]


def descendants(pid: int) -> list[int]:
    """All children and children's children, as of now."""
    children = _children_of if _LINUX else _table_by_ps().get
    found: list[int] = []
    waiting = [pid]
    while waiting:
        fresh = children(waiting.pop()) or []
        found += fresh
        waiting += fresh
    return found


def _children_of(pid: int) -> list[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    found: list[int] = []
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
        except FileNotFoundError:
            if os.path.isdir(f"/proc/{pid}/task/{thread}"):  # a kernel without that file
                return _table_by_proc().get(pid, [])
        except OSError:
            continue
    return found


def _table_by_proc() -> dict[int, list[int]]:
    table: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := _stat_fields(int(name))):
            table.setdefault(int(fields[1]), []).append(int(name))
    return table


def _table_by_ps() -> dict[int, list[int]]:
    table: dict[int, list[int]] = {}
    for line in _ps("-axo", "pid=,ppid=").splitlines():
        pid, parent = line.split()
        table.setdefault(int(parent), []).append(int(pid))
    return table


def _stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on (state); the second may hold anything."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def _ps(*arguments: str) -> str:
    import subprocess  # two megabytes in each supervisor that Linux doesn't need

    answer = subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False)
    return answer.stdout

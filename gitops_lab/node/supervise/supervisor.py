"""One process of a pod and all that descends from it.

Tells the node, as lines of JSON on the control socket: `{"started": PID}` or `{"failed": ERRNO}`,
and when nothing of the tree lives any more `{"exited": CODE, "signal": NUMBER}`. Takes numbers of
signals, a line each: SIGKILL goes to the whole tree, others to the process itself. When the
control socket or the lifeline closes, the tree is killed.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import select
import signal
import sys
import termios
from typing import Any

from tree import descendants, start_time  # type: ignore[import-not-found]

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_AGAIN_MS = 50
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None

Request = dict[str, Any]


def supervise(request: Request, descriptors: list[int], lifeline: int) -> None:
    """Run the process that `request` describes to its end (see `node.processes.Command`)."""
    os.setsid()
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    waker = _wake_on_child_exit()
    *streams, control = descriptors
    pid, failure = _start(request, streams)
    for stream in streams:
        os.close(stream)
    if failure:
        os.waitpid(pid, 0)
        _tell(control, failed=failure)
        return
    _record(request["pid_file"], pid)
    _tell(control, started=pid)
    status = _Watch(pid, waker, control, lifeline).until_exit()
    _end_tree(pid, waker)
    with contextlib.suppress(OSError):
        os.unlink(request["pid_file"])
    code = os.waitstatus_to_exitcode(status)
    _tell(control, exited=max(code, 0), signal=max(-code, 0))


class _Watch:
    """What a supervisor waits for."""

    def __init__(self, pid: int, waker: int, control: int, lifeline: int) -> None:
        self._pid, self._waker = pid, waker
        self._control, self._lifeline = control, lifeline
        self._rest = b""
        self._poll = select.poll()
        for descriptor in (waker, control, lifeline):
            self._poll.register(descriptor, select.POLLIN)

    def until_exit(self) -> int:
        """The wait status of the process, whichever way it came to its end."""
        while True:
            ready = {descriptor for descriptor, _ in self._poll.poll()}
            if self._waker in ready:
                _drain(self._waker)
            if (status := _reap(self._pid)) is not None:
                return status
            if self._lifeline in ready or (self._control in ready and not self._obey()):
                return self._kill()

    def _obey(self) -> bool:
        try:
            data = os.read(self._control, 4096)
        except OSError:
            return False
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            number = int(line)
            if number == signal.SIGKILL:
                return False
            os.kill(self._pid, number)  # not reaped yet, so the number is still its own
        return bool(data)

    def _kill(self) -> int:
        os.kill(self._pid, signal.SIGKILL)
        return os.waitpid(self._pid, 0)[1]


def _start(request: Request, streams: list[int]) -> tuple[int, int]:
    """The pid, and the errno of a failed exec (0 for none)."""
    told, tells = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            _become(request, streams, parent)
        except OSError as error:
            os.write(tells, str(error.errno or 1).encode())
        finally:
            os._exit(127)
    os.close(tells)
    answer = os.read(told, 16)  # nothing: closed by a successful exec
    os.close(told)
    return pid, int(answer or 0)


def _become(request: Request, streams: list[int], parent: int) -> None:
    os.setsid()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(127)
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
    if request.get("tty"):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    os.umask(0o022)
    os.chdir(request["folder"])
    environment = request["environment"]
    os.execvpe(request["command"][0], request["command"], environment)  # noqa: S606


def _end_tree(pid: int, waker: int) -> None:
    """Kill and reap until there are no children: on Linux all orphans below come to us."""
    poll = select.poll()
    poll.register(waker, select.POLLIN)
    if _libc is None:  # orphans go to process 1 there: end them while they are in the group
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
    while _has_children():
        for descendant in descendants(os.getpid()):
            with contextlib.suppress(OSError):
                os.kill(descendant, signal.SIGKILL)
        poll.poll(_AGAIN_MS)
        _drain(waker)


def _has_children() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return False
    return True


def _reap(wanted: int) -> int | None:
    """Collect every child that has ended; the status of the one that is waited for."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if pid == wanted:
            return status
        if pid == 0:
            return None


def _wake_on_child_exit() -> int:
    """The reading end of a pipe that gets a byte at each SIGCHLD."""
    waker, wakes = os.pipe()
    os.set_blocking(waker, False)
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    return waker


def _drain(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while os.read(descriptor, 512):
            continue


def _record(path: str, pid: int) -> None:
    """On disk for the next start, in case even this supervisor is killed."""
    processes = {str(one): start_time(one) for one in (os.getpid(), pid)}
    with open(path + ".new", "w") as file:
        json.dump(processes, file)
    os.replace(path + ".new", path)


def _tell(control: int, **message: int) -> None:
    with contextlib.suppress(OSError):  # the node may be gone
        os.write(control, json.dumps(message).encode() + b"\n")


def _prctl(option: int, value: int) -> None:
    if _libc is not None:
        _libc.prctl(option, value, 0, 0, 0)

"""Takes requests from a Unix socket and forks a supervisor for each.

A request is four bytes of length and that much JSON, sent along with four descriptors: standard
input, output and error of the process, and the control socket of its supervisor.
"""

import gc
import json
import os
import select
import signal
import socket
import struct
import sys

from supervisor import supervise  # type: ignore[import-not-found]

_DESCRIPTORS = 4


def main(requests: int, lifeline: int) -> None:
    """Serve until the host is gone."""
    os.set_inheritable(requests, False)
    os.set_inheritable(lifeline, False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the lifeline alone says when to end
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # supervisors are reaped by the system
    gc.disable()
    gc.freeze()  # forks share what never changes
    source = socket.socket(fileno=requests)
    poll = select.poll()
    poll.register(source, select.POLLIN)
    poll.register(lifeline, select.POLLIN)
    while True:
        if any(descriptor == lifeline for descriptor, _ in poll.poll()):
            return
        received = _receive(source)
        if received is None:
            return
        _fork(source, lifeline, *received)


def _receive(source: socket.socket) -> tuple[dict[str, object], list[int]] | None:
    data, descriptors, _, _ = socket.recv_fds(source, 65536, _DESCRIPTORS)
    if len(data) < 4:
        return None
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    length = struct.unpack("!I", data[:4])[0] + 4
    while len(data) < length:
        block = source.recv(min(65536, length - len(data)))
        if not block:
            return None
        data += block
    return json.loads(data[4:]), list(descriptors)


def _fork(
    source: socket.socket, lifeline: int, request: dict[str, object], descriptors: list[int]
) -> None:
    if os.fork() == 0:
        status = 1
        try:
            source.close()
            supervise(request, descriptors, lifeline)
            status = 0
        except BaseException as error:
            sys.stderr.write(f"supervisor: {error!r}\n")
        finally:
            os._exit(status)
    for descriptor in descriptors:
        os.close(descriptor)

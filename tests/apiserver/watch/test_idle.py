"""Watches that nothing happens on: many of them, and what they hold is little and given back.

GITOPS_LAB_WATCHES tells how many there are.
"""

import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from gitops_lab.kube.client import Client
from tests.waiting import eventually

WATCHES = int(os.environ.get("GITOPS_LAB_WATCHES", "200"))
KILOBYTES_EACH = 128
SLACK_KILOBYTES = 8 * 1024  # of the process itself: what it imports and keeps for later
PATH = "/api/v1/namespaces/default/configmaps"


@dataclass(frozen=True)
class Server:
    """An API server in a process of its own."""

    pid: int
    url: str
    ca: str
    token: str

    def kilobytes(self) -> int:
        """What it holds in memory."""
        shown = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.pid)], capture_output=True, text=True, check=True
        ).stdout
        return int(shown)


@contextmanager
def served() -> Iterator[Server]:
    command = [sys.executable, "-m", "scripts.fuzzing.serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        where = json.loads(process.stdout.readline())
        yield Server(process.pid, where["url"], where["ca"], where["token"])
        process.communicate(b"")


def watch(server: Server, context: ssl.SSLContext) -> ssl.SSLSocket:
    """A watch that has begun."""
    address = urlsplit(server.url)
    plain = socket.create_connection((address.hostname or "", address.port or 0), timeout=60)
    connection = context.wrap_socket(plain, server_hostname="127.0.0.1")
    head = f"GET {PATH}?watch=true HTTP/1.1\r\nHost: {address.netloc}\r\n"
    connection.sendall(f"{head}Authorization: Bearer {server.token}\r\n\r\n".encode())
    assert b" 200 " in connection.recv(65536).partition(b"\r\n")[0]
    return connection


def test_idle_watches_hold_little_and_hear_of_a_change() -> None:
    with served() as server, ExitStack() as stack:
        context = ssl.create_default_context(cafile=server.ca)
        client = Client(server.url, token=server.token, ca_file=server.ca)
        stack.callback(client.close)
        stack.enter_context(watch(server, context))  # what comes with the first is no watch's
        before = server.kilobytes()
        watches = [stack.enter_context(watch(server, context)) for _ in range(WATCHES)]
        held = server.kilobytes() - before
        assert held < SLACK_KILOBYTES + KILOBYTES_EACH * WATCHES, f"{held / WATCHES:.0f} KB each"
        metadata = {"name": "news", "namespace": "default"}
        client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
        for each in watches:
            text = each.recv(65536)
            while b'"news"' not in text:
                text += each.recv(65536)
        for each in watches:
            each.close()
        again = [stack.enter_context(watch(server, context)) for _ in range(WATCHES)]
        assert len(again) == WATCHES
        limit = SLACK_KILOBYTES + KILOBYTES_EACH * WATCHES
        eventually(lambda: server.kilobytes() - before < limit, timeout=30)

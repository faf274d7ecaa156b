"""A web server that starts in a few milliseconds and ends without dropping a request.

It uses the C modules under `socket` and `threading` directly: importing those two would double
the time from start to the first answer, which a learner sees at each rollout. One request for
each connection, so that a load balancer spreads them and a release is seen at once.

Variables: POD_IP (address to listen on), PORT_8080 (the port, where it isn't 8080), WEB_READY
(`never` for a release that does not get ready), DRAIN_SECONDS. On SIGTERM it says 503 at
/readyz, goes on serving for DRAIN_SECONDS (default 1), and exits 0.
"""

import _signal as signal  # type: ignore[import-not-found]
import _socket as socket
import _thread
import os
import select
import sys
import time

from info import read_info, to_json  # type: ignore[import-not-found]
from page import render  # type: ignore[import-not-found]

_MAX_HEAD = 16384
_REQUEST_SECONDS = 10.0
_LINGER_SECONDS = 0.5
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}
_QUIET = ("/healthz", "/readyz", "/api/info?live")

Answer = tuple[int, str, str]


class Server:
    """The listener, and how many requests are under way."""

    def __init__(self, address: str, port: int, drain_seconds: float) -> None:
        self._drain_seconds = drain_seconds
        self._ends = 0.0
        self._active = 0
        self._lock = _thread.allocate_lock()
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, port))
        self._listener.listen(512)
        self._listener.setblocking(False)
        self._waker, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end_soon)

    def run(self) -> None:
        """Serve until told to end, then for the time of the drain, then what is under way."""
        poll = select.poll()
        poll.register(self._listener.fileno(), select.POLLIN)
        poll.register(self._waker, select.POLLIN)
        while (left := self._milliseconds_left()) != 0:
            for descriptor, _ in poll.poll(left):
                if descriptor == self._waker:
                    os.read(self._waker, 64)
                else:
                    self._accept_all()
        self._accept_all()
        self._listener.close()
        deadline = time.monotonic() + _REQUEST_SECONDS
        while self._active and time.monotonic() < deadline:
            time.sleep(0.005)

    def _milliseconds_left(self) -> int | None:
        if not self._ends:
            return None
        return max(0, int((self._ends - time.monotonic()) * 1000))

    def _end_soon(self, *_: object) -> None:
        if not self._ends:
            self._ends = time.monotonic() + self._drain_seconds
            say("draining")

    def _accept_all(self) -> None:
        while True:
            try:
                descriptor, _ = self._listener._accept()  # type: ignore[attr-defined]
            except OSError:  # nobody waits any more, or has gone again
                return
            with self._lock:
                self._active += 1
            _thread.start_new_thread(self._serve, (socket.socket(fileno=descriptor),))

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(_REQUEST_SECONDS)
            head = _read_head(connection)
            if head:
                connection.sendall(self._respond(head))
                _finish(connection)
        except OSError:
            pass
        finally:
            connection.close()
            with self._lock:
                self._active -= 1

    def _respond(self, head: bytes) -> bytes:
        method, _, rest = head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
        target = rest.rpartition(" ")[0]
        if method not in ("GET", "HEAD"):
            code, kind, body = 405, "text/plain", "only GET\n"
        else:
            code, kind, body = self._answer(target.partition("?")[0])
        if target not in _QUIET:
            say(f"{method} {target} {code}")
        return _message(code, kind, body, with_body=method != "HEAD")

    def _answer(self, path: str) -> Answer:
        if path == "/":
            return 200, "text/html", render(read_info())
        if path == "/api/info":
            return 200, "application/json", to_json(read_info()) + "\n"
        if path == "/healthz":
            return 200, "text/plain", "ok\n"
        if path == "/readyz":
            return self._readiness()
        return 404, "text/plain", "not found\n"

    def _readiness(self) -> Answer:
        if self._ends:
            return 503, "text/plain", "draining\n"
        if os.environ.get("WEB_READY") == "never":
            return 503, "text/plain", "this release never finishes its start\n"
        return 200, "text/plain", "ready\n"


def _read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _MAX_HEAD:
        block = connection.recv(_MAX_HEAD)
        if not block:
            return b""
        head += block
    return head


def _finish(connection: socket.socket) -> None:
    """Wait until the client has read it all: closing earlier could reset the connection."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(_LINGER_SECONDS)
    connection.recv(1)


def _message(code: int, kind: str, body: str, *, with_body: bool) -> bytes:
    content = body.encode()
    head = (
        f"HTTP/1.1 {code} {_REASONS.get(code, 'Service Unavailable')}\r\n"
        f"Content-Type: {kind}; charset=utf-8\r\nContent-Length: {len(content)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + (content if with_body else b"")


def say(text: str) -> None:
    """One whole line of the log, whatever other threads write."""
    os.write(1, f"{text}\n".encode())


def main() -> None:
    """Listen where the node says, and serve."""
    address = os.environ.get("GITOPS_LAB_ADDRESS") or os.environ.get("POD_IP") or "127.0.0.1"
    port = int(os.environ.get("PORT_8080", "8080"))
    try:
        server = Server(address, port, float(os.environ.get("DRAIN_SECONDS", "1")))
    except OSError as error:
        sys.stderr.write(f"can't listen on {address}:{port}: {error.strerror}\n")
        raise SystemExit(1) from None
    version = os.environ.get("WEB_VERSION", "dev")
    say(f"web {version} listens on http://{address}:{port}")
    server.run()
    say("bye")

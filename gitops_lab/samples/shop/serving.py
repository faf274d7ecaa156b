"""A small HTTP server, one thread a request, that ends without dropping one.

`_thread` and `_signal` stand for `threading` and `signal`: a third of the time to start.

Variables: POD_IP (address to listen on), PORT_8080 (the port, where it isn't 8080), SHOP_VERSION.
On SIGTERM it says 503 at /readyz, goes on serving for DRAIN_SECONDS (default 1), and exits 0.
"""

import _signal as signal  # type: ignore[import-not-found]
import _thread
import json
import os
import select
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

# Method, path, body -> code and what to show: a page's text, or anything that JSON can say.
Answer = Callable[[str, str, bytes], tuple[int, Any]]

_MAX_HEAD, _MAX_BODY = 16384, 65536
_REQUEST_SECONDS = 10.0
_REASONS = {200: "OK", 201: "Created", 303: "See Other", 404: "Not Found"}


class Refused(Exception):
    """A request that is answered with a code and a message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def version() -> str:
    """The release that runs."""
    return os.environ.get("SHOP_VERSION", "dev")


def about(**more: Any) -> dict[str, Any]:
    """Which pod answers, and its release."""
    return {"version": version(), "pod": os.environ.get("HOSTNAME", ""), **more}


def say(text: str) -> None:
    """One whole line of the log, whatever other threads write."""
    os.write(1, f"{text}\n".encode())


class _Server:
    def __init__(self, listener: socket.socket, answer: Answer) -> None:
        self._listener, self._answer = listener, answer
        self._active = 0
        self._ends = 0.0
        self._lock = _thread.allocate_lock()
        self._waker, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end_soon)

    def run(self) -> None:
        """Serve until told to end, then for the time of the drain, then what is under way."""
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        poll.register(self._waker, select.POLLIN)
        while (left := self._milliseconds_left()) != 0:
            for descriptor, _ in poll.poll(left):
                if descriptor == self._waker:
                    os.read(self._waker, 64)
                else:
                    self._accept()
        self._listener.close()
        deadline = time.monotonic() + _REQUEST_SECONDS
        while self._active and time.monotonic() < deadline:
            time.sleep(0.005)

    def _milliseconds_left(self) -> int | None:
        return max(0, int((self._ends - time.monotonic()) * 1000)) if self._ends else None

    def _end_soon(self, *_: object) -> None:
        if not self._ends:
            self._ends = time.monotonic() + float(os.environ.get("DRAIN_SECONDS", "1"))
            say("draining")

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        with self._lock:
            self._active += 1
        _thread.start_new_thread(self._serve, (connection,))

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(_REQUEST_SECONDS)
            method, path, body = _read(connection)
            if method:
                connection.sendall(self._respond(method, path, body))
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1)  # closing before the client has read it all could reset it
        except (OSError, ValueError):
            pass
        finally:
            connection.close()
            with self._lock:
                self._active -= 1

    def _respond(self, method: str, path: str, body: bytes) -> bytes:
        if path in ("/healthz", "/readyz"):
            ending = self._ends and path == "/readyz"
            return _message(503 if ending else 200, "draining\n" if ending else "ok\n")
        try:
            code, content = self._answer(method, path, body)
        except Refused as refused:
            code, content = refused.code, {"error": str(refused)}
        say(f"{method} {path} {code}")
        return _message(code, content)


def _read(connection: socket.socket) -> tuple[str, str, bytes]:
    """Method, path and body; a method of "" when nothing came."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < _MAX_HEAD:
        block = connection.recv(_MAX_HEAD)
        if not block:
            return "", "", b""
        data += block
    head, _, body = data.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    method, path, _ = line.split(" ", 2)
    lengths = [f.partition(":")[2] for f in fields if f.lower().startswith("content-length:")]
    length = min(int(lengths[0]) if lengths else 0, _MAX_BODY)
    while len(body) < length:
        block = connection.recv(length - len(body))
        if not block:
            break
        body += block
    return method, path, body


def _message(code: int, content: Any) -> bytes:
    is_page = isinstance(content, str) and content.startswith("<")
    kind = "text/html" if is_page else "text/plain"
    if not isinstance(content, str):
        kind, content = "application/json", json.dumps(content) + "\n"
    body: bytes = content.encode()
    location = "Location: /\r\n" if code == 303 else ""
    head = (
        f"HTTP/1.1 {code} {_REASONS.get(code, 'Error')}\r\n{location}"
        f"Content-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body


def serve(name: str, answer: Answer) -> None:
    """Listen where the node says, and serve until told to end."""
    address = os.environ.get("GITOPS_LAB_ADDRESS") or os.environ.get("POD_IP") or "127.0.0.1"
    port = int(os.environ.get("PORT_8080", "8080"))
    try:
        listener = socket.create_server((address, port), backlog=512)
    except OSError as error:
        sys.stderr.write(f"can't listen on {address}:{port}: {error.strerror}\n")
        raise SystemExit(1) from None
    say(f"{name} {version()} listens on http://{address}:{port}")
    _Server(listener, answer).run()
    say("bye")

"""Stands between helm and the API server, so that what helm writes bears helm-controller's name.

The helm program names itself as the manager of the fields that it writes, whatever it is started
as. It gets an address on loopback for one run, and so needs no credentials. A token is part of the
address, since Kubernetes' clients send one in a header over TLS alone.
"""

import contextlib
import hmac
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gitops_lab.kube import Client
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.transport import Answer, stop_streams

_MANAGER = re.compile(r"(?<=[?&])fieldManager=helm(?=&|\Z)")
_LOOK_SECONDS = 0.02
_NEIGHBOURS = frozenset(
    [
        "authorization",
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "te",
        "transfer-encoding",
        "upgrade",
    ]
)
"""Headers that are between two neighbours only, or are written anew (RFC 9110, section 7.6.1)."""


class _Server(ThreadingHTTPServer):
    """What the handlers of one run share."""

    daemon_threads = True

    def __init__(self, client: Client, manager: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.client, self.manager = client, manager
        self.token = secrets.token_urlsafe(32)
        self.ended = threading.Event()


@contextmanager
def forwarder(client: Client, manager: str) -> Iterator[str]:
    """Its URL, for as long as the block runs; `manager` is who writes."""
    server = _Server(client, manager)
    thread = threading.Thread(
        target=server.serve_forever, args=(_LOOK_SECONDS,), name="helm-forwarder", daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{server.token}"
    finally:
        stop_streams(server.ended)
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection of helm's. An answer passes through as it comes: a watch has no end."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *_: object) -> None:
        """Nothing: the API server has its own log."""

    def _forward(self) -> None:
        """Ask the API server the same, and pass its answer on."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        token, slash, target = self.path[1:].partition("/")
        if not hmac.compare_digest(token.encode(), self.server.token.encode()):
            self.send_error(401)
            return
        try:
            answer = self.server.client.relay(
                self.command,
                _MANAGER.sub(f"fieldManager={self.server.manager}", slash + target),
                headers=self._asked(),
                body=body,
                stop=self.server.ended,
            )
        except ApiError as error:
            self.send_error(502, error.message)
            return
        with contextlib.closing(answer):
            self._pass_on(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _forward  # noqa: N815

    def _asked(self) -> dict[str, str]:
        """Without a manager in the query, the API server goes by the agent's first word."""
        passed = {k: v for k, v in self.headers.items() if k.lower() not in _NEIGHBOURS}
        return {**passed, "User-Agent": self.server.manager}

    def _pass_on(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in _NEIGHBOURS:
                self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for block in answer.blocks():
                self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))
            self.wfile.write(b"0\r\n\r\n")
        except (ApiError, OSError):
            # Half of an answer can't be taken back: helm sees that it ends too early.
            self.close_connection = True

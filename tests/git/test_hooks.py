"""Webhooks beside the repositories: whoever answers decides, and the token is not asked for."""

import http.client
from collections.abc import Mapping
from pathlib import Path

from gitops_lab.git import GitServer


def test_a_call_reaches_who_answers(tmp_path: Path) -> None:
    calls: list[tuple[str, bytes, bytes]] = []

    def answer(path: str, headers: Mapping[bytes, bytes], body: bytes) -> int:
        calls.append((path, headers[b"x-event"], body))
        return 200 if body == b"good" else 400

    server = GitServer(tmp_path, "token")
    server.hooks["/hook/"] = answer
    server.start()
    try:
        assert _post(server, "/hook/abc", b"good") == 200
        assert _post(server, "/hook/abc", b"bad") == 400
        assert _post(server, "/hook/abc", b"x" * (1024 * 1024 + 1)) == 413
        assert _post(server, "/hook/abc", method="GET") == 405
        assert _post(server, "/other") == 401
    finally:
        server.stop()
    assert calls == [("/hook/abc", b"push", b"good"), ("/hook/abc", b"push", b"bad")]


def _post(server: GitServer, path: str, body: bytes = b"", method: str = "POST") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, body, {"X-Event": "push"})
    status = connection.getresponse().status
    connection.close()
    return status

"""Clients that send nonsense, too much or too slowly harm nobody but themselves."""

import random
import socket
import ssl
from urllib.parse import urlsplit

import pytest

from gitops_lab.apiserver.http import asgi, serving
from tests.apiserver.raw import context_of, send
from tests.apiserver.servers import TOKEN, RunningServer


def open_socket(server: RunningServer) -> ssl.SSLSocket:
    address = urlsplit(server.url)
    plain = socket.create_connection((address.hostname, address.port), timeout=10)
    return context_of(server).wrap_socket(plain, server_hostname="127.0.0.1")


def all_of(connection: ssl.SSLSocket) -> bytes:
    """Everything until the server closes."""
    found = b""
    while True:
        try:
            block = connection.recv(65536)
        except (ConnectionResetError, ssl.SSLError):
            return found
        if not block:
            return found
        found += block


def head_of(server: RunningServer, line: str) -> bytes:
    address = urlsplit(server.url)
    return (
        f"{line}\r\nHost: {address.netloc}\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: application/json\r\nConnection: close\r\n"
    ).encode()


@pytest.mark.parametrize(
    "text", [b"\x16\x03nonsense\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 500]
)
def test_what_is_no_http_is_answered_with_400(server: RunningServer, text: bytes) -> None:
    with open_socket(server) as connection:
        connection.sendall(text)
        assert all_of(connection).startswith(b"HTTP/1.1 400")
    assert send(server, "GET", "/readyz").code == 200


def test_a_head_without_end_is_cut_off(server: RunningServer) -> None:
    with open_socket(server) as connection:
        connection.sendall(head_of(server, "GET /version HTTP/1.1"))
        connection.sendall((b"X-Long: " + b"x" * 8000 + b"\r\n") * 12)
        assert all_of(connection).startswith(b"HTTP/1.1 400")
    assert send(server, "GET", "/readyz").code == 200


def test_a_body_of_unsaid_length_is_capped_too(server: RunningServer) -> None:
    with open_socket(server) as connection:
        path = "/api/v1/namespaces/default/configmaps"
        head = head_of(server, f"POST {path} HTTP/1.1") + b"Transfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head)
        block = b"10000\r\n" + b" " * 65536 + b"\r\n"
        answer = b""
        try:
            for _ in range(100):
                connection.sendall(block)
        except (ConnectionError, ssl.SSLError):
            pass
        answer = all_of(connection)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413")
    assert send(server, "GET", "/readyz").code == 200


def test_a_body_that_does_not_come_times_out(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "BODY_SECONDS", 0.2)
    with open_socket(server) as connection:
        path = "/api/v1/namespaces/default/configmaps"
        head = head_of(server, f"POST {path} HTTP/1.1") + b"Content-Length: 100\r\n\r\n{"
        connection.sendall(head)
        assert all_of(connection).startswith(b"HTTP/1.1 408")


def test_a_head_that_does_not_come_ends_the_connection(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HEADER_SECONDS", 0.2)
    with open_socket(server) as connection:
        connection.sendall(b"GET / HT")
        assert all_of(connection) == b""


def test_random_bodies_never_break_anything(server: RunningServer, namespace: str) -> None:
    chance = random.Random(37)
    seed = b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}}'
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    for kind in ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf"):
        for _ in range(60):
            body = bytearray(seed if chance.random() < 0.7 else b"k8s\x00\x0a\x05" + seed)
            for _ in range(chance.randint(1, 6)):
                body[chance.randrange(len(body))] = chance.randrange(256)
            reply = send(server, "POST", path, bytes(body), {"Content-Type": kind})
            assert reply.code in (201, 400, 403, 409, 415, 422, 500), reply.body
            if reply.code == 500:
                assert b"Internal error occurred" not in reply.body, (bytes(body), reply.body)


def test_deep_nesting_is_refused(server: RunningServer, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    for body in (b'{"a":' * 50_000, b"[" * 100_000, b'{"data":' * 300 + b"1" + b"}" * 300):
        assert send(server, "POST", path, body).code == 400

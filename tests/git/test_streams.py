"""Lines that are told as they come, to who has the token, for as long as they read."""

import base64
import contextlib
import http.client
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitops_lab.git import GitServer
from tests.waiting import eventually


class Teller:
    """Knows who listens."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[str], None]] = []

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def tell(self, line: str) -> None:
        for listener in list(self.listeners):
            listener(line)


@pytest.fixture
def teller() -> Teller:
    return Teller()


@pytest.fixture
def server(tmp_path: Path, teller: Teller) -> Iterator[GitServer]:
    made = GitServer(tmp_path, "token")
    made.streams["/lines"] = teller.subscribe
    made.start()
    yield made
    made.stop()


def ask(server: GitServer, token: str = "token") -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    who = base64.b64encode(f"learner:{token}".encode()).decode()
    connection.request("GET", "/lines", headers={"Authorization": f"Basic {who}"})
    return connection


def test_each_line_comes_when_it_is_told_until_the_reader_goes(
    server: GitServer, teller: Teller
) -> None:
    connection = ask(server)
    answer = connection.getresponse()

    for line in ("one", "two"):
        teller.tell(line)
        assert answer.readline() == f"{line}\n".encode()

    answer.close()
    connection.close()
    eventually(lambda: not teller.listeners)


def test_two_readers_hear_the_same(server: GitServer, teller: Teller) -> None:
    connections = [ask(server) for _ in range(2)]
    answers = [each.getresponse() for each in connections]
    teller.tell("one")

    assert [answer.readline() for answer in answers] == [b"one\n", b"one\n"]
    for connection in connections:
        connection.close()


def test_without_the_token_nothing_is_told(server: GitServer, teller: Teller) -> None:
    connection = ask(server, "guess")

    assert connection.getresponse().status == 401
    assert not teller.listeners
    connection.close()


def test_a_server_that_stops_ends_what_is_read(server: GitServer, teller: Teller) -> None:
    connection = ask(server)
    answer = connection.getresponse()

    server.stop()

    with contextlib.suppress(http.client.HTTPException, ConnectionError):
        assert answer.read() == b""
    connection.close()

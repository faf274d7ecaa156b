"""The server listens where it is told and nowhere else, with the token everywhere."""

import base64
import http.client
import sys
from contextlib import closing

import pytest

from gitops_lab.git import GitServer
from tests.git.conftest import TOKEN

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is local on Linux")


def _asked(address: str, port: int, token: str) -> int:
    secret = base64.b64encode(f"learner:{token}".encode()).decode()
    with closing(http.client.HTTPConnection(address, port, timeout=20)) as connection:
        headers = {"Authorization": f"Basic {secret}", "Connection": "close"}
        connection.request("GET", "/web.git/info/refs?service=git-upload-pack", headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status


def test_a_further_address_serves_the_same_with_the_token_alone(lab):
    server = GitServer(lab.repositories.root, TOKEN, also=("127.0.0.2",))
    server.start()
    try:
        assert _asked("127.0.0.1", server.port, TOKEN) == 200
        assert _asked("127.0.0.2", server.port, TOKEN) == 200
        assert _asked("127.0.0.2", server.port, "wrong") == 401
        with pytest.raises(OSError, match="refused"):
            _asked("127.0.0.3", server.port, TOKEN)
    finally:
        server.stop()


def test_an_address_that_is_not_this_machines_is_done_without(lab):
    server = GitServer(lab.repositories.root, TOKEN, also=("203.0.113.1",))
    server.start()
    try:
        assert _asked("127.0.0.1", server.port, TOKEN) == 200
    finally:
        server.stop()

"""A registry that answers on loopback."""

import base64
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gitops_lab.registry import RegistryStore
from gitops_lab.registry.server import RegistryServer

TOKEN = "test-token"


@dataclass
class Door:
    """What a client sees."""

    server: RegistryServer
    token: str = TOKEN

    def call(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and body."""
        credentials = base64.b64encode(f"learner:{self.token}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        connection.request(method, path, body, {"Authorization": f"Basic {credentials}", **sent})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, content

    def json(self, path: str) -> Any:
        """The body of a GET."""
        status, _, content = self.call("GET", path)
        assert status == 200, content
        return json.loads(content)


@pytest.fixture
def store(tmp_path: Path) -> RegistryStore:
    return RegistryStore(tmp_path / "registry", blob_bytes=1024 * 1024)


@pytest.fixture
def door(store: RegistryStore) -> Iterator[Door]:
    server = RegistryServer(store, TOKEN)
    server.start()
    yield Door(server)
    server.stop()

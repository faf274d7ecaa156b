"""Requests without a client's help: what a test sends is what the server gets."""

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.apiserver.servers import TOKEN, RunningServer


@dataclass(frozen=True)
class Reply:
    code: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def context_of(server: RunningServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.folder / "tls.crt"))


def connect(server: RunningServer) -> http.client.HTTPSConnection:
    address = urlsplit(server.url)
    return http.client.HTTPSConnection(
        address.hostname or "", address.port, context=context_of(server), timeout=20
    )


def send(
    server: RunningServer,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """One request by the administrator; `headers` override, an empty value leaves one out."""
    sent = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    sent |= headers or {}
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    connection = connect(server)
    try:
        kept = {name: value for name, value in sent.items() if value}
        connection.request(method, path, body=body, headers=kept)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, found, response.read())
    finally:
        connection.close()


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}

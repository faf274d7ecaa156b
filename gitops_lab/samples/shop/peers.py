"""Asks another service of the shop, found by the variables that Kubernetes gives every pod.

SHOP_STORE_SERVICE_HOST and SHOP_STORE_SERVICE_PORT say where the Service `shop-store` is; where
they are missing, its name is asked for (DNS).
"""

import json
import os
import socket
from typing import Any

from serving import Refused  # type: ignore[import-not-found]

_SECONDS = 5.0
_PORT = "8080"


def ask(service: str, path: str, body: Any = None) -> Any:
    """The JSON that a service answers; a POST when there is a body. Raises Refused."""
    prefix = service.upper().replace("-", "_")
    host = os.environ.get(f"{prefix}_SERVICE_HOST", service)
    port = int(os.environ.get(f"{prefix}_SERVICE_PORT", _PORT))
    try:
        code, text = _talk(host, port, path, None if body is None else json.dumps(body))
        found = json.loads(text)
    except (OSError, ValueError) as error:
        raise Refused(502, f"{service} does not answer: {error}") from None
    if code >= 400:
        raise Refused(code, found.get("error", f"{service} answered {code}"))
    return found


def _talk(host: str, port: int, path: str, body: str | None) -> tuple[int, str]:
    content = (body or "").encode()
    head = (
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((host, port), timeout=_SECONDS) as connection:
        connection.sendall(head.encode("latin-1") + content)
        answer = b""
        while block := connection.recv(65536):
            answer += block
    first, _, text = answer.decode().partition("\r\n\r\n")
    return int(first.split(" ", 2)[1]), text

"""Reads a watch line by line without a client's help."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.apiserver.raw import connect
from tests.apiserver.servers import TOKEN, RunningServer


class Stream:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.response = response

    def next(self) -> dict[str, Any]:
        line = self.response.readline()
        assert line, "the stream ended"
        return json.loads(line)

    def take(self, count: int) -> list[dict[str, Any]]:
        return [self.next() for _ in range(count)]

    def ended(self) -> bool:
        return self.response.readline() == b""


@contextmanager
def watching(
    server: RunningServer, path: str, query: str = "", accept: str = "application/json"
) -> Iterator[Stream]:
    connection = connect(server)
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": accept}
    connection.request("GET", f"{path}?watch=true&{query}", headers=headers)
    response = connection.getresponse()
    assert response.status == 200, response.read()
    try:
        yield Stream(response)
    finally:
        connection.close()


def seen(event: dict[str, Any]) -> tuple[str, str]:
    """(type, name)"""
    return event["type"], event["object"]["metadata"].get("name", "")

"""The API servers that the controllers are tried on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.apiserver.servers import TOKEN, RunningServer
from tests.oracle.genuine import Endpoint, genuine_server, missing


@contextmanager
def embedded(folder: Path) -> Iterator[Endpoint]:
    """The embedded API server."""
    server = RunningServer(folder).start()
    try:
        yield Endpoint(server.url, TOKEN, folder / "tls.crt")
    finally:
        server.stop()


@contextmanager
def genuine(folder: Path) -> Iterator[Endpoint]:
    """The genuine kube-apiserver with etcd, where it was built."""
    if why := missing():
        pytest.skip(why)
    with genuine_server(folder) as found:
        yield found

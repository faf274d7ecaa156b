"""The embedded API server, without controllers: like the genuine one beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.apiserver.servers import TOKEN, RunningServer
from tests.oracle.genuine import Endpoint


@contextmanager
def embedded_server(folder: Path) -> Iterator[Endpoint]:
    """The server, ready; ended with the context."""
    server = RunningServer(folder, accounts=True).start()
    try:
        yield Endpoint(server.url, TOKEN, folder / "tls.crt")
    finally:
        server.stop()

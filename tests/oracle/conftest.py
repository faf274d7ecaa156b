"""The two servers, once a run; skipped with the command to run where the genuine one is missing."""

from collections.abc import Iterator

import pytest

from tests.oracle.embedded import embedded_server
from tests.oracle.genuine import genuine_server, missing
from tests.oracle.talk import Talker

Pair = tuple[Talker, Talker]


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """(genuine, embedded), both ready."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    genuine_folder = tmp_path_factory.mktemp("genuine")
    embedded_folder = tmp_path_factory.mktemp("embedded")
    started = genuine_server(genuine_folder, accounts=True)
    with started as genuine, embedded_server(embedded_folder) as embedded:
        talkers = Talker(genuine), Talker(embedded)
        yield talkers
        for each in talkers:
            each.close()

"""One company's cluster for each module, and a command line that visits it."""

from collections.abc import Iterator

import pytest

from tests.cli.driver import CommandLine
from tests.workspace.existing.company import Company, company
from tests.workspace.existing.visitor import Visitor


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company")) as running:
        yield running


@pytest.fixture
def visitor(team: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    made = Visitor(CommandLine(tmp_path_factory.mktemp("visitor")), team)
    yield made
    made.line.down()

"""What the tests of the command line share: a lab that goes on, and shows in a terminal."""

from collections.abc import Callable, Iterator

import pytest

from tests.cli.driver import CommandLine
from tests.cli.stage import Stage


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """The lab first-sync, started once for the tests of a file, which go on from each other."""
    line = CommandLine(tmp_path_factory.mktemp("lab"))
    line.fine("start", "first-sync")
    yield line
    line.down()


@pytest.fixture
def present(line: CommandLine) -> Iterator[Callable[..., Stage]]:
    """Starts `gitops-lab demo … --present` in a terminal; however a test ends, that ends too."""
    stages: list[Stage] = []

    def started(*arguments: str, **environment: str) -> Stage:
        words = ("demo", *arguments, "--yes", "--present", "--typing", "0")
        stages.append(Stage(line, *words, environment=environment))
        return stages[-1]

    yield started
    for stage in stages:
        stage.end()

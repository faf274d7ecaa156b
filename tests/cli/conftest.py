"""What the tests of shows share."""

from collections.abc import Callable, Iterator

import pytest

from tests.cli.driver import CommandLine
from tests.cli.stage import Stage


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

"""A version of a chart that was fetched once, and what becomes of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.dialects.argocd.application.fetching import Fetching
from gitops_lab.engine.errors import SourceError
from gitops_lab.engine.source import SourceStore
from gitops_lab.engine.source_spec import Chart, Source
from tests.engine.source.test_charts import Repository


@pytest.fixture
def charts(tmp_path: Path) -> Iterator[Repository]:
    (tmp_path / "charts").mkdir()
    found = Repository(tmp_path / "charts")
    yield found
    found.stop()


@pytest.fixture
def fetching(tmp_path: Path) -> Fetching:
    return Fetching(SourceStore(tmp_path / "repos", tmp_path / "cache"))


def source(charts: Repository, version: str) -> Source:
    return Source(repo="", revision=version, chart=Chart(charts.url, "web"))


def test_a_version_that_was_fetched_stays_when_its_repository_is_gone(
    charts: Repository, fetching: Fetching
) -> None:
    charts.add("1.0.0")
    wanted = source(charts, "1.0.0")
    artifact = fetching.fetch(wanted, fetching.resolve(wanted))
    charts.write("")
    again = fetching.fetch(wanted, fetching.resolve(wanted))
    assert again == artifact
    assert (again.path / "Chart.yaml").is_file()


def test_what_was_forgotten_is_asked_for_again(charts: Repository, fetching: Fetching) -> None:
    charts.add("1.0.0")
    wanted = source(charts, "1.0.0")
    fetching.fetch(wanted, fetching.resolve(wanted))
    charts.write("")
    fetching.forget()
    with pytest.raises(SourceError):
        fetching.resolve(wanted)

"""Fetching the sources of Applications: a version of a chart that was fetched once is kept.

Argo CD keeps what it rendered for a day: an Application goes on when its Helm repository is gone,
and a version that is published anew is not seen until a hard refresh.
"""

from dataclasses import dataclass, field, replace

from gitops_lab.engine.source import Artifact, Commit, SourceStore
from gitops_lab.engine.source_spec import Chart, Source


@dataclass(frozen=True)
class Fetching:
    """Commits and files of sources. Thread-safe. Methods raise SourceError."""

    store: SourceStore
    _kept: dict[tuple[Chart, str], tuple[Commit, Artifact]] = field(default_factory=dict)

    def resolve(self, source: Source) -> Commit:
        """The commit, or the chart's version, that the revision stands for."""
        known = self._known(source, source.revision)
        return known[0] if known else self.store.resolve(source)

    def fetch(self, source: Source, commit: Commit) -> Artifact:
        """The files, and those of the additional sources as they are now."""
        known = self._known(source, commit.sha)
        if known:
            others = tuple(self.fetch(one, self.resolve(one)) for one in source.others)
            return replace(known[1], others=others)
        found = self.store.fetch(source, commit)
        if source.chart:
            self._kept[source.chart, commit.sha] = (commit, replace(found, others=()))
        return found

    def forget(self) -> None:
        """Ask for everything anew: a hard refresh."""
        self._kept.clear()
        self.store.forget_charts()

    def _known(self, source: Source, version: str) -> tuple[Commit, Artifact] | None:
        found = self._kept.get((source.chart, version)) if source.chart else None
        return found if found and found[1].path.is_dir() else None

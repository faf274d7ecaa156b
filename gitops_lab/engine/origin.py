"""Where commits and files come from, and which commit of a source is deployed."""

from dataclasses import replace
from typing import Any, Protocol

from gitops_lab.engine.app import App
from gitops_lab.engine.source import Artifact, Commit


class Sources(Protocol):
    """Where commits and files come from."""

    def resolve(self, source: Any) -> Commit:
        """The commit that a source's revision stands for. Raises SourceError."""

    def fetch(self, source: Any, commit: Commit) -> Artifact:
        """The files of a source at a commit, in a local folder. Raises SourceError."""

    def verify(self, source: Any, commit: Commit, keys: tuple[str, ...]) -> None:
        """Check that the commit is signed by one of the keys. Raises SourceError."""


def deployed(app: App, sources: Sources) -> tuple[Commit, str]:
    """The commit to deploy, and the one that a rollback leaves out for it ("" for none).

    Raises SourceError.
    """
    head = sources.resolve(app.source)
    rollback = app.options.rollback
    if rollback is None or head.sha != rollback.skip:
        return head, ""
    return sources.resolve(replace(app.source, revision=rollback.revision)), head.sha

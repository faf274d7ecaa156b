"""Which pushes concern an App: those to a repository and revision that it reads. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitops_lab.engine.ranges import is_range
from gitops_lab.kube import Object


def concerns(obj: Object, repo: str, moved: set[str]) -> bool:
    """Whether an App (valid or not) reads one of the refs that moved; no refs means any."""
    return any(
        source.get("repo") == repo and _follows(str(source.get("revision") or "main"), moved)
        for source in _sources(obj)
    )


def _sources(obj: Object) -> Iterator[Mapping[str, Any]]:
    spec = obj.get("spec") or {}
    more = spec.get("additionalSources")
    for source in (spec.get("source"), *(more if isinstance(more, list) else ())):
        if isinstance(source, dict):
            yield source


def _follows(revision: str, moved: set[str]) -> bool:
    if not moved or moved & {revision, f"refs/heads/{revision}", f"refs/tags/{revision}"}:
        return True
    return is_range(revision) and any(ref.startswith("refs/tags/") for ref in moved)

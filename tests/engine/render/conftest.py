"""Rendering what a test writes down as files of a repository."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gitops_lab.engine.app import App, DirectoryOptions, KustomizeOptions, Source
from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render import Rendered, render
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import Repositories


class Renderer:
    def __init__(self, folder: Path) -> None:
        self.repositories = Repositories(folder / "repos")
        self.store = SourceStore(self.repositories.root, folder / "cache")

    def __call__(
        self,
        files: dict[str, str | bytes],
        path: str = "deploy",
        *,
        directory: DirectoryOptions | None = None,
        kustomize: KustomizeOptions | None = None,
    ) -> Rendered:
        if not self.repositories.exists("web"):
            self.repositories.create("web", {"README.md": "x"})
        self.repositories.replace("web", "main", "files", {"README.md": "x", **files})
        source = Source("web", "main", path, kustomize, directory or DirectoryOptions())
        artifact = self.store.fetch(source, self.store.resolve(source))
        return render(artifact, App("gitops", "web", source))

    def error(self, files: dict[str, str | bytes], path: str = "deploy", **options) -> RenderError:
        with pytest.raises(RenderError) as raised:
            self(files, path, **options)
        return raised.value


@pytest.fixture
def rendered(tmp_path: Path) -> Callable[..., Rendered]:
    return Renderer(tmp_path)


def manifest(kind: str, name: str, extra: str = "") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n{extra}"

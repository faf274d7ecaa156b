"""Rendering what a test writes down as files of a repository."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gitops_lab.engine.app import App, Decryption, PostBuild, Source
from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render import Inputs, Rendered, render
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
        inputs: Inputs | None = None,
        post_build: PostBuild | None = None,
        decryption: Decryption | None = None,
        **options,
    ) -> Rendered:
        self.commit(files)
        source = Source("web", "main", path, **options)
        artifact = self.store.fetch(source, self.store.resolve(source))
        app = App("gitops", "web", source, post_build=post_build, decryption=decryption)
        return render(artifact, app, inputs or Inputs())

    def commit(self, files: dict[str, str | bytes], repo: str = "web") -> None:
        if not self.repositories.exists(repo):
            self.repositories.create(repo, {"README.md": "x"})
        self.repositories.replace(repo, "main", "files", {"README.md": "x", **files})

    def error(self, files: dict[str, str | bytes], path: str = "deploy", **options) -> RenderError:
        with pytest.raises(RenderError) as raised:
            self(files, path, **options)
        return raised.value


@pytest.fixture
def rendered(tmp_path: Path) -> Callable[..., Rendered]:
    return Renderer(tmp_path)


def manifest(kind: str, name: str, extra: str = "") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n{extra}"

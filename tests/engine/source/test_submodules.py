"""Submodules: a commit of another repository of the workspace, read as a folder."""

from pathlib import Path

import pytest

from gitops_lab.engine.errors import SourceError
from gitops_lab.engine.source import Artifact, SourceStore
from gitops_lab.engine.source_spec import Source
from gitops_lab.git import Repositories
from gitops_lab.git.process import run

WEB = Source("web", submodules=True)


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    made = Repositories(tmp_path / "repos")
    for name in ("web", "lib", "base"):
        made.create(name, {f"{name}.yaml": f"# {name}\n"})
    return made


def add(
    repositories: Repositories, repo: str, url: str, commit: str, at: str = "vendor/lib"
) -> None:
    """A submodule on the branch main, as `git submodule add` records one."""
    bare, rows = repositories.path(repo), f'[submodule "x"]\n\tpath = {at}\n\turl = {url}\n'
    head = repositories.commit(repo, "main", "modules", {".gitmodules": rows})
    index = {"GIT_INDEX_FILE": str(bare / "index-of-a-test")}
    run(["read-tree", head], cwd=bare, env=index)
    run(["update-index", "--add", "--cacheinfo", f"160000,{commit},{at}"], cwd=bare, env=index)
    tree = run(["write-tree"], cwd=bare, env=index).decode().strip()
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    made = run([*who, "commit-tree", "-mx", "-p", head, tree], cwd=bare).decode().strip()
    run(["update-ref", "refs/heads/main", made], cwd=bare)


def fetched(repositories: Repositories, source: Source = WEB) -> Artifact:
    store = SourceStore(repositories.root, repositories.root.parent / "cache")
    return store.fetch(source, store.resolve(source))


@pytest.mark.parametrize("url", ["../lib.git", "http://127.0.0.1:7/lib.git"])
def test_the_commit_that_is_named_counts_and_no_newer_one(
    repositories: Repositories, url: str
) -> None:
    add(repositories, "web", url, repositories.resolve("lib", "main"))
    repositories.commit("lib", "main", "newer", {"lib.yaml": "# newer\n"})

    artifact = fetched(repositories)

    assert (artifact.path / "vendor/lib/lib.yaml").read_text() == "# lib\n"
    assert (artifact.path / "web.yaml").read_text() == "# web\n"


def test_a_submodule_of_a_submodule_and_a_path_within(repositories: Repositories) -> None:
    add(repositories, "lib", "../base", repositories.resolve("base", "main"), "base")
    add(repositories, "web", "../lib", repositories.resolve("lib", "main"))

    artifact = fetched(repositories, Source("web", path="vendor/lib/base", submodules=True))

    assert (artifact.path / "base.yaml").read_text() == "# base\n"


@pytest.mark.parametrize(
    ("url", "commit", "follow"),
    [
        ("https://example.com/lib.git", "", True),
        ("../nowhere", "", True),
        ("../lib", "1" * 40, True),
        ("../lib", "", False),
    ],
)
def test_what_can_not_be_followed_or_is_not_asked_for_is_an_error(
    repositories: Repositories, url: str, commit: str, follow: bool
) -> None:
    add(repositories, "web", url, commit or repositories.resolve("lib", "main"))

    with pytest.raises(SourceError, match="'vendor/lib' is a submodule") as caught:
        fetched(repositories, Source("web", submodules=follow))

    assert caught.value.reason == "UnsafePath"


def test_with_and_without_submodules_are_different_artifacts(repositories: Repositories) -> None:
    add(repositories, "web", "../lib", repositories.resolve("lib", "main"))
    ignoring = ("vendor",)

    plain = fetched(repositories, Source("web", ignore=ignoring))
    followed = fetched(repositories)

    assert plain.digest != followed.digest
    assert not (plain.path / "vendor").exists()

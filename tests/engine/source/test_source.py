import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from gitops_lab.engine.app import KustomizeOptions, Source
from gitops_lab.engine.errors import SourceError
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import Limits, Repositories
from gitops_lab.git.process import run


@pytest.fixture
def repositories(tmp_path):
    made = Repositories(tmp_path / "repos")
    made.create(
        "web",
        {
            "README.md": "hello",
            "deploy/web.yaml": "kind: Service\n",
            "base/kustomization.yaml": "resources: [web.yaml]\n",
            "base/web.yaml": "kind: Service\n",
            "overlays/dev/kustomization.yaml": "resources: [../../base]\n",
        },
        message="Add the web page",
        when=1_700_000_000,
    )
    return made


@pytest.fixture
def store(repositories, tmp_path):
    return SourceStore(repositories.root, tmp_path / "cache")


def fetch(store, source):
    return store.fetch(source, store.resolve(source))


def reason_of(call, *arguments) -> SourceError:
    with pytest.raises(SourceError) as raised:
        call(*arguments)
    return raised.value


def test_a_revision_gives_the_commit_with_its_author_and_subject(store):
    commit = store.resolve(Source("web"))
    assert commit.subject == "Add the web page"
    assert commit.author == "GitOps Lab"
    assert commit.date == "2023-11-14T22:13:20Z"


def test_a_branch_is_followed_and_a_commit_is_not(store, repositories):
    first = store.resolve(Source("web"))
    second = repositories.commit("web", "main", "two", {"deploy/web.yaml": "kind: Pod\n"})
    assert store.resolve(Source("web")).sha == second
    assert store.resolve(Source("web", revision=first.sha)) == first
    assert store.resolve(Source("web", revision=first.short)) == first


def test_only_the_path_is_fetched_and_named_as_in_the_repository(store):
    artifact = fetch(store, Source("web", path="./deploy/"))
    assert os.listdir(artifact.path) == ["web.yaml"]
    assert artifact.name_of(artifact.path / "web.yaml") == "deploy/web.yaml"


def test_a_kustomization_comes_with_what_stands_beside_it(store):
    artifact = fetch(store, Source("web", path="overlays/dev"))
    assert (artifact.path / "../../base/web.yaml").is_file()
    assert artifact.name_of(artifact.root / "base/web.yaml") == "base/web.yaml"


def test_the_same_files_are_fetched_once(store, repositories):
    one = fetch(store, Source("web", path="deploy"))
    inode = one.path.stat().st_ino
    repositories.commit("web", "main", "two", {"README.md": "other"})
    two = fetch(store, Source("web", path="deploy"))
    assert (two.digest, two.path.stat().st_ino) == (one.digest, inode)
    assert two.commit != one.commit
    repositories.commit("web", "main", "three", {"deploy/web.yaml": "other"})
    assert fetch(store, Source("web", path="deploy")).digest != one.digest


def test_a_build_takes_only_what_it_points_to(store, repositories):
    repositories.commit(
        "web",
        "main",
        "more",
        {
            "a/b/kustomization.yaml": 'resources: ["../../common one", ../c, k.yaml]\n',
            "a/b/k.yaml": "x",
            "a/c/kustomization.yaml": "resources:\n- x/../../../base\n- ../../../../etc\n- ../no\n",
            "common one/kustomization.yaml": "resources: []\n",
            "elsewhere/big": "x",
        },
    )
    source = Source("web", path="a/b")
    artifact = fetch(store, source)
    files = {p.relative_to(artifact.root).as_posix() for p in artifact.root.rglob("*.yaml")}
    assert files == {
        "a/b/k.yaml",
        "a/b/kustomization.yaml",
        "a/c/kustomization.yaml",
        "base/kustomization.yaml",
        "base/web.yaml",
        "common one/kustomization.yaml",
    }
    assert not (artifact.root / "elsewhere").exists()
    repositories.commit("web", "main", "not ours", {"elsewhere/big": "y"})
    assert fetch(store, source).digest == artifact.digest
    repositories.commit("web", "main", "ours", {"base/web.yaml": "y"})
    assert fetch(store, source).digest != artifact.digest


def test_a_build_that_points_to_the_root_takes_everything(store, repositories):
    files = {"in/kustomization.yaml": "resources: [..]\n", "kustomization.yaml": "resources: []\n"}
    repositories.commit("web", "main", "more", files)
    artifact = fetch(store, Source("web", path="in"))
    assert (artifact.root / "deploy/web.yaml").is_file()
    assert artifact.path == artifact.root / "in"


def test_what_is_not_there_is_named_with_what_is(store):
    error = reason_of(store.resolve, Source("wob"))
    assert (error.reason, error.hint) == ("RepositoryNotFound", "The workspace has: web.")
    error = reason_of(store.resolve, Source("web", revision="dev"))
    assert (error.reason, error.hint) == ("RevisionNotFound", "It has branches: main.")
    assert error.retry
    assert error.place.field == "spec.source.revision"
    error = reason_of(fetch, store, Source("web", path="deploi"))
    assert (error.reason, error.stage) == ("PathNotFound", "source")
    assert "deploy/" in error.hint
    assert not error.retry


def test_an_empty_repository_says_that_it_has_no_commit(store, repositories):
    run(["init", "-q", "--bare", "empty.git"], cwd=repositories.root)
    error = reason_of(store.resolve, Source("empty"))
    assert (error.reason, error.hint) == ("RevisionNotFound", "It has no commit yet.")


def test_a_file_that_is_too_large_is_refused_with_its_size_and_name(repositories, tmp_path):
    repositories.commit("web", "main", "big", {"deploy/big.yaml": b"x" * 50_000_000})
    store = SourceStore(repositories.root, tmp_path / "cache")
    error = reason_of(fetch, store, Source("web", path="deploy"))
    assert error.reason == "SourceTooLarge"
    assert "'big.yaml' has 50,000,000 bytes" in error.message
    assert error.place.file == "deploy/big.yaml"


def test_a_link_that_leads_out_is_refused_with_its_place(repositories, store):
    sha = linked(repositories, "deploy/secret.yaml", "../../../etc/passwd")
    error = reason_of(fetch, store, Source("web", revision=sha, path="deploy"))
    assert error.reason == "UnsafePath"
    assert error.place.file == "deploy/secret.yaml"
    assert not list((store._folders).glob("*"))


def test_what_is_unsafe_beside_a_kustomization_is_left_out(repositories, store, tmp_path):
    sha = linked(repositories, "docs/link", "/etc/passwd")
    artifact = fetch(store, Source("web", revision=sha, path="overlays/dev"))
    assert not (artifact.root / "docs/link").is_symlink()
    sha = linked(repositories, "overlays/dev/link", "/etc/passwd")
    error = reason_of(fetch, store, Source("web", revision=sha, path="overlays/dev"))
    assert error.reason == "UnsafePath"


def test_paths_that_leave_the_repository_are_refused(store):
    for path in ("../x", "/etc", "deploy/../../x"):
        assert reason_of(fetch, store, Source("web", path=path)).reason == "UnsafePath"


def test_threads_that_want_the_same_files_get_the_same_folder(store):
    source = Source("web", path="overlays/dev")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: fetch(store, source), range(32)))
    assert len({artifact.path for artifact in found}) == 1
    assert len(list(store._folders.iterdir())) == 1


def test_an_artifact_that_was_removed_is_fetched_again(store):
    first = fetch(store, Source("web", path="deploy"))
    shutil.rmtree(first.root)
    assert fetch(store, Source("web", path="deploy")).path.joinpath("web.yaml").is_file()


def test_old_artifacts_are_collected(repositories, tmp_path, monkeypatch):
    monkeypatch.setattr("gitops_lab.engine.source._ARTIFACTS_KEPT", 2)
    monkeypatch.setattr("gitops_lab.engine.source._YOUNG_SECONDS", -1)
    store = SourceStore(repositories.root, tmp_path / "cache")
    for n in range(6):
        repositories.commit("web", "main", "x", {"deploy/web.yaml": f"n: {n}\n"})
        newest = fetch(store, Source("web", path="deploy"))
    assert len(list((tmp_path / "cache/trees").iterdir())) == 3
    assert (newest.path / "web.yaml").read_text() == "n: 5\n"


def test_limits_can_be_set(repositories, tmp_path):
    store = SourceStore(repositories.root, tmp_path / "cache", limits=Limits(files=1))
    source = Source("web", path="base", kustomize=KustomizeOptions())
    assert reason_of(fetch, store, source).reason == "SourceTooLarge"


def linked(repositories, path, target) -> str:
    """A commit on main with a symbolic link, made by fast-import."""
    parent = repositories.resolve("web", "main")
    stream = (
        "commit refs/heads/linked\nmark :1\ncommitter a <a@b> 1 +0000\ndata 0\n"
        f"from {parent}\nM 120000 inline {path}\ndata {len(target)}\n{target}\n\nget-mark :1\n"
    )
    answer = run(
        ["fast-import", "--quiet", "--force"], cwd=repositories.path("web"), data=stream.encode()
    )
    return answer.decode().strip()

import os

import pytest

from gitops_lab.git import (
    Author,
    GitError,
    PathNotFound,
    Rejected,
    Repositories,
    RepositoryNotFound,
    RevisionNotFound,
    UnsafePath,
)
from gitops_lab.git.fastimport import NewCommit, write_commit
from gitops_lab.git.process import run


def test_a_repository_is_made_with_its_files_in_one_commit(repositories):
    assert repositories.names() == ["web"]
    assert repositories.files("web") == ["README.md", "deploy/web.yaml"]
    assert repositories.read("web", "main", "README.md") == b"hello\n"
    (commit,) = repositories.log("web")
    assert commit.subject == "Add the first files"
    assert commit.email == "lab@gitops-lab.dev"


def test_the_same_files_at_the_same_time_give_the_same_commit(tmp_path):
    shas = {Repositories(tmp_path / d).create("a", {"x": "1"}, when=1) for d in ("1", "2")}
    assert len(shas) == 1


def test_a_second_repository_of_the_name_is_refused_and_leaves_the_first(repositories):
    with pytest.raises(GitError) as raised:
        repositories.create("web", {"a": "b"})
    assert raised.value.reason == "RepositoryExists"
    assert repositories.files("web") == ["README.md", "deploy/web.yaml"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "../web", ".web", "web.git", "a..b", "-web"])
def test_names_that_are_no_repository_are_refused(repositories, name):
    with pytest.raises(GitError):
        repositories.create(name, {"a": "b"})
    with pytest.raises(RepositoryNotFound):
        repositories.path(name)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", ".git/config", "a/.GIT/x"])
def test_paths_that_leave_the_repository_are_refused(repositories, path):
    with pytest.raises(UnsafePath):
        repositories.commit("web", "main", "x", {path: "x"})
    with pytest.raises(UnsafePath):
        repositories.read("web", "main", path)


def test_revisions_are_branches_tags_and_long_or_short_shas(repositories):
    first = repositories.resolve("web", "main")
    second = repositories.commit("web", "main", "more", {"a": "b"})
    bare = repositories.path("web")
    run(["tag", "v1", first], cwd=bare)
    run(
        ["-c", "user.name=a", "-c", "user.email=a", "tag", "-a", "-mrelease", "v2", second],
        cwd=bare,
    )
    run(["branch", "release/1.0", first], cwd=bare)
    for revision, sha in {
        "main": second,
        "HEAD": second,
        "": second,
        "v1": first,
        "v2": second,
        "refs/tags/v2": second,
        "refs/heads/main": second,
        "release/1.0": first,
        first: first,
        first[:7]: first,
    }.items():
        assert repositories.resolve("web", revision) == sha, revision
    run(["pack-refs", "--all"], cwd=bare)
    run(["repack", "-adq"], cwd=bare)
    assert repositories.resolve("web", "v2") == second
    assert repositories.resolve("web", "release/1.0") == first
    assert repositories.read("web", "v1", "README.md") == b"hello\n"


def test_a_revision_that_is_not_there_names_those_that_are(repositories):
    for revision in ("nope", "1234567", "a" * 40, "-x", "--help", "../HEAD", "@{-1}"):
        with pytest.raises(RevisionNotFound):
            repositories.resolve("web", revision)
    with pytest.raises(RevisionNotFound) as raised:
        repositories.resolve("web", "nope")
    assert raised.value.hint == "It has branches: main."


def test_a_path_that_is_not_there_names_what_is_beside_it(repositories):
    with pytest.raises(PathNotFound) as raised:
        repositories.read("web", "main", "deploy/wob.yaml")
    assert raised.value.hint == "In deploy/ there is: web.yaml."


def test_a_commit_adds_changes_and_removes_files(repositories):
    author = Author("Ada <x>", "ada@example.org")
    sha = repositories.commit(
        "web", "main", "Line one\n\nmore", {"b": b"\0\1", "README.md": None, 'ü "q"': "u"}, author
    )
    assert sorted(repositories.files("web")) == ["b", "deploy/web.yaml", 'ü "q"']
    commit = repositories.commit_at("web", sha[:8])
    assert (commit.author, commit.subject) == ("Ada x", "Line one")
    assert [c.sha for c in repositories.log("web", path="b")] == [sha]


def test_a_commit_that_changes_nothing_is_not_made(repositories):
    before = repositories.resolve("web", "main")
    assert repositories.commit("web", "main", "x", {"README.md": "hello\n", "no": None}) == before


def test_replace_leaves_exactly_the_files_given(repositories):
    repositories.replace("web", "main", "reset", {"README.md": "hello\n", "new": "1"})
    assert repositories.files("web") == ["README.md", "new"]


def test_a_commit_on_a_branch_that_moved_is_rejected(repositories):
    parent = repositories.resolve("web", "main")
    moved = repositories.commit("web", "main", "first", {"a": "1"})
    with pytest.raises(Rejected):
        write_commit(repositories.path("web"), NewCommit("main", "late", {"b": "2"}, parent))
    assert repositories.resolve("web", "main") == moved


def test_many_files_land_in_a_pack_and_read_the_same(repositories):
    files = {f"f/{n}.yaml": f"n: {n}\n" for n in range(300)}
    repositories.commit("web", "main", "many", files)
    assert repositories.read("web", "main", "f/299.yaml") == b"n: 299\n"
    assert len(repositories.files("web", "main", "f")) == 300


def test_history_is_newest_first_across_merges(repositories):
    bare = repositories.path("web")
    first = repositories.resolve("web", "main")
    left = repositories.commit("web", "main", "left", {"l": "1"}, when=2_000_000_001)
    run(["branch", "side", first], cwd=bare)
    right = repositories.commit("web", "side", "right", {"r": "1"}, when=2_000_000_002)
    tree = run(["rev-parse", f"{left}^{{tree}}"], cwd=bare).decode().strip()
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    merge = run([*who, "commit-tree", "-mx", "-p", left, "-p", right, tree], cwd=bare)
    sha = merge.decode().strip()
    assert [c.sha for c in repositories.log("web", sha)] == [sha, right, left, first]
    assert [c.sha for c in repositories.log("web", sha, 2)] == [sha, right]


def test_no_process_is_left_behind_by_reading(repositories):
    import subprocess

    repositories.log("web", path="README.md")
    repositories.commit("web", "main", "many", {f"f/{n}": str(n) for n in range(200)})
    repositories.read("web", "main", "f/1")
    children = subprocess.run(
        ["ps", "-o", "args=", "--ppid", str(os.getpid())], capture_output=True, text=True
    ).stdout
    assert "cat-file" not in children

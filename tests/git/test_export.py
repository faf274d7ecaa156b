import os

import pytest

from gitops_lab.git import GitError, Limits, PathNotFound, TooLarge, UnsafePath
from gitops_lab.git.process import run


def commit_entries(repositories, *entries):
    """A commit whose root tree has rows `mode type sha<TAB>name`, unchecked as git stores them."""
    bare = repositories.path("web")
    rows = "".join(f"{mode} {kind} {sha}\t{name}\n" for mode, kind, sha, name in entries)
    tree = run(["mktree", "--missing"], cwd=bare, data=rows.encode()).decode().strip()
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    return run([*who, "commit-tree", "-mx", tree], cwd=bare).decode().strip()


def blob(repositories, content):
    command = ["hash-object", "-w", "--stdin"]
    return run(command, cwd=repositories.path("web"), data=content.encode()).decode().strip()


def link(repositories, name, target):
    return ("120000", "blob", blob(repositories, target), name)


def test_a_folder_is_written_as_it_is_in_the_commit(repositories, tmp_path):
    sha = repositories.commit("web", "main", "x", {"deploy/sub/run": "#!/bin/sh\n"})
    repositories.export("web", sha, "deploy", tmp_path / "out")
    assert (tmp_path / "out/web.yaml").read_text() == "kind: Service\n"
    assert os.access(tmp_path / "out/sub/run", os.X_OK)
    assert not (tmp_path / "out/README.md").exists()


def test_a_folder_that_is_not_there_is_named(repositories, tmp_path):
    for path in ("nope", "README.md"):
        with pytest.raises(PathNotFound):
            repositories.export("web", "main", path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_link_inside_the_folder_stays_a_link(repositories, tmp_path):
    sha = commit_entries(
        repositories,
        ("100644", "blob", blob(repositories, "x"), "real"),
        link(repositories, "alias", "real"),
    )
    repositories.export("web", sha, ".", tmp_path / "out")
    assert (tmp_path / "out/alias").is_symlink()
    assert (tmp_path / "out/alias").read_text() == "x"


@pytest.mark.parametrize("target", ["/etc/passwd", "../x", "a/../../x", "..", ""])
def test_a_link_that_leads_out_is_refused(repositories, tmp_path, target):
    sha = commit_entries(repositories, link(repositories, "bad", target))
    with pytest.raises(UnsafePath):
        repositories.export("web", sha, ".", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_link_that_leads_out_through_another_link_is_refused(repositories, tmp_path):
    sha = commit_entries(
        repositories, link(repositories, "here", "."), link(repositories, "up", "here/../../x")
    )
    with pytest.raises(UnsafePath):
        repositories.export("web", sha, ".", tmp_path / "out")
    sha = commit_entries(
        repositories, link(repositories, "a", "."), link(repositories, "b", "a/../outside")
    )
    (tmp_path / "outside").mkdir()
    with pytest.raises(UnsafePath, match="leads out"):
        repositories.export("web", sha, ".", tmp_path / "out")


def test_nothing_is_written_through_a_link_of_the_same_name(repositories, tmp_path):
    inner = commit_entries(repositories, ("100644", "blob", blob(repositories, "owned"), "passwd"))
    tree = run(["rev-parse", f"{inner}^{{tree}}"], cwd=repositories.path("web")).decode().strip()
    sha = commit_entries(
        repositories, link(repositories, "etc", "sub"), ("040000", "tree", tree, "etc")
    )
    with pytest.raises(UnsafePath):
        repositories.export("web", sha, ".", tmp_path / "out")


def test_a_submodule_is_refused_with_its_name(repositories, tmp_path):
    sha = commit_entries(repositories, ("160000", "commit", "1" * 40, "vendor"))
    with pytest.raises(UnsafePath, match="'vendor' is a submodule"):
        repositories.export("web", sha, ".", tmp_path / "out")


def test_a_name_with_a_folder_in_it_is_refused(repositories, tmp_path):
    bare = repositories.path("web")
    sha = bytes.fromhex(blob(repositories, "x"))
    tree = run(
        ["hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
        cwd=bare,
        data=b"100644 ../../evil\0" + sha,
    )
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    commit = run([*who, "commit-tree", "-mx", tree.decode().strip()], cwd=bare).decode().strip()
    with pytest.raises(UnsafePath):
        repositories.export("web", commit, ".", tmp_path / "out")


@pytest.mark.parametrize("name", [b"caf\xe9", b"a\x1b[31m", b"..", b".GIT", b"a\\b"])
def test_names_that_cannot_be_written_everywhere_are_refused(repositories, tmp_path, name):
    bare = repositories.path("web")
    row = b"100644 " + name + b"\0" + bytes.fromhex(blob(repositories, "x"))
    write = ["hash-object", "-w", "-t", "tree", "--literally", "--stdin"]
    tree = run(write, cwd=bare, data=row).decode().strip()
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    commit = run([*who, "commit-tree", "-mx", tree], cwd=bare).decode().strip()
    with pytest.raises(UnsafePath):
        repositories.export("web", commit, ".", tmp_path / "out")


def test_a_damaged_object_is_named(repositories, tmp_path):
    sha = blob(repositories, "hello\n")
    file = repositories.path("web") / "objects" / sha[:2] / sha[2:]
    for damage in (b"", b"junk", file.read_bytes()[:-8]):
        file.chmod(0o644)
        file.write_bytes(damage)
        with pytest.raises(GitError, match="damaged"):
            repositories.export("web", "main", ".", tmp_path / "out")


def test_files_over_the_limits_are_refused_with_their_size(repositories, tmp_path):
    sha = repositories.commit("web", "main", "x", {"big": b"\0" * 5000, "small": "1"})
    with pytest.raises(TooLarge, match="'big' has 5,000 bytes; at most 4,000"):
        repositories.export("web", sha, ".", tmp_path / "o", limits=Limits(file_bytes=4000))
    with pytest.raises(TooLarge, match="together"):
        repositories.export("web", sha, ".", tmp_path / "o", limits=Limits(total_bytes=4000))
    with pytest.raises(TooLarge, match="more than 2 files"):
        repositories.export("web", sha, ".", tmp_path / "o", limits=Limits(files=2))

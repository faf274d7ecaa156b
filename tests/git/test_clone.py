import os

import pytest

from gitops_lab.git import Clone, GitError, Rejected, write_credentials
from tests.git.conftest import TOKEN, plain_environment


def test_plain_git_works_in_the_clone_without_a_prompt(lab, tmp_path):
    import subprocess

    clone = lab.clone(tmp_path / "work" / "web")
    (clone.path / "a").write_text("1")
    for command in (["add", "a"], ["commit", "-qm", "one"], ["push", "-q"], ["pull", "-q"]):
        done = subprocess.run(
            ["git", *command],
            cwd=clone.path,
            env={**plain_environment(lab.home), "http_proxy": "http://127.0.0.1:9"},
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 0, done.stderr
    assert lab.pushes.get(timeout=5).repo == "web"


def test_no_credential_is_in_the_clone(lab, tmp_path):
    clone = lab.clone(tmp_path / "c")
    assert TOKEN not in (clone.path / ".git/config").read_text()
    assert TOKEN not in clone.url()
    assert (lab.credentials.stat().st_mode & 0o777) == 0o600


def test_the_learners_own_credential_helper_never_sees_the_token(lab, tmp_path):
    spy = tmp_path / "spy"
    helper = f"!cat >>{spy} ;"
    (lab.home / ".gitconfig").write_text(f'[credential]\n\thelper = "{helper}"\n')
    clone = lab.clone(tmp_path / "c")
    clone.write({"a": "1"})
    clone.commit_all("a")
    clone.push()
    assert not spy.exists()


def test_name_and_email_are_set_only_where_the_learner_has_none(lab, tmp_path):
    with_none = lab.clone(tmp_path / "c1")
    assert "GitOps Lab" in (with_none.path / ".git/config").read_text()
    (lab.home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
    with_own = lab.clone(tmp_path / "c2")
    assert "GitOps Lab" not in (with_own.path / ".git/config").read_text()


def test_signing_hooks_and_editors_of_the_learner_do_not_stop_a_commit(lab, tmp_path):
    (lab.home / ".gitconfig").write_text(
        "[commit]\n\tgpgSign = true\n[push]\n\tgpgSign = true\n"
        "[http]\n\tproxy = http://127.0.0.1:9\n"
        "[core]\n\teditor = false\n\thooksPath = hooks\n"
    )
    clone = lab.clone(tmp_path / "c")
    clone.write({"hooks/pre-commit": "#!/bin/sh\nexit 1\n", "a": "1"})
    (clone.path / "hooks/pre-commit").chmod(0o755)
    assert clone.commit_all("a")
    clone.push()


def test_a_folder_that_is_there_is_not_overwritten(lab, tmp_path):
    (tmp_path / "c").mkdir()
    with pytest.raises(GitError) as raised:
        lab.clone(tmp_path / "c")
    assert raised.value.reason == "CloneExists"


def test_what_changed_is_listed_and_committed(lab, tmp_path):
    clone = lab.clone(tmp_path / "c")
    assert not clone.is_dirty()
    assert clone.commit_all("nothing") == ""
    clone.write({"new dir/ü": "1", "README.md": "changed", "deploy/web.yaml": None})
    assert clone.changed_files() == ["README.md", "deploy/web.yaml", "new dir/ü"]
    sha = clone.commit_all("all")
    assert clone.head() == sha
    assert clone.ahead_behind() == (1, 0)
    clone.push()
    assert clone.ahead_behind() == (0, 0)
    assert lab.repositories.resolve("web", "main") == sha


def test_looking_writes_nothing_that_could_be_in_the_way_of_a_commit(lab, tmp_path):
    clone = lab.clone(tmp_path / "c")
    index = clone.path / ".git" / "index"
    before = index.read_bytes()
    os.utime(clone.path / "README.md", (1, 1))
    assert clone.changed_files() == []
    assert index.read_bytes() == before


def test_a_push_behind_the_remote_is_rejected_until_pulled(lab, tmp_path):
    clone = lab.clone(tmp_path / "c")
    lab.repositories.commit("web", "main", "theirs", {"theirs": "1"})
    clone.write({"ours": "1"})
    clone.commit_all("ours")
    with pytest.raises(Rejected) as raised:
        clone.push()
    assert "git pull --rebase" in raised.value.hint
    clone.write({"README.md": "not committed"})
    clone.pull()
    clone.push()
    assert lab.repositories.files("web") == ["README.md", "deploy/web.yaml", "ours", "theirs"]
    assert clone.changed_files() == ["README.md"]


def test_a_pull_that_conflicts_leaves_the_clone_as_it_was(lab, tmp_path):
    clone = lab.clone(tmp_path / "c")
    lab.repositories.commit("web", "main", "theirs", {"README.md": "theirs"})
    clone.write({"README.md": "ours"})
    sha = clone.commit_all("ours")
    with pytest.raises(Rejected):
        clone.pull()
    assert clone.head() == sha
    assert clone.branch() == "main"
    assert not clone.is_dirty()


def test_reset_keeps_uncommitted_and_unpushed_work_aside(lab, tmp_path):
    clone = lab.clone(tmp_path / "c")
    clone.write({"committed": "1"})
    clone.commit_all("mine")
    clone.write({"README.md": "draft", "sub/new": "n"})
    lab.repositories.commit("web", "main", "reset", {"README.md": "seed"})
    saved = clone.save_aside(tmp_path / "aside")
    clone.reset_to_upstream()
    assert saved == ["README.md", "sub/new", "0001-mine.patch"]
    assert (tmp_path / "aside/README.md").read_text() == "draft"
    assert (clone.path / "README.md").read_text() == "seed"
    assert not (clone.path / "committed").exists()
    assert not clone.is_dirty()
    assert clone.save_aside(tmp_path / "nothing") == []
    assert not (tmp_path / "nothing").exists()


def test_nothing_is_written_outside_the_clone(lab, tmp_path):
    clone = lab.clone(tmp_path / "c")
    (clone.path / "out").symlink_to(tmp_path)
    for path in ("../x", "/x", "out/x", ".git/config"):
        with pytest.raises(GitError):
            clone.write({path: "x"})
    assert not (tmp_path / "x").exists()


def test_the_clone_follows_the_server_to_another_port(lab, tmp_path):
    clone = lab.clone(tmp_path / "c")
    clone.configure("http://127.0.0.1:1/web.git", lab.credentials)
    assert Clone(clone.path).url() == "http://127.0.0.1:1/web.git"
    write_credentials(lab.credentials, lab.server.url, TOKEN)
    clone.configure(lab.server.clone_url("web"), lab.credentials)
    clone.fetch()
    assert (clone.path / ".git/config").read_text().count("helper = store") == 1

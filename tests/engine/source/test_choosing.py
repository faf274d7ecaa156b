"""Which commit, which of its files, and who signed it."""

import shutil
import subprocess

import pytest

from gitops_lab.engine.app import Source
from gitops_lab.engine.errors import SourceError
from gitops_lab.engine.ignore import Ignore
from gitops_lab.engine.source import SourceStore
from gitops_lab.engine.source_spec import Verify
from gitops_lab.git import Repositories
from gitops_lab.git.process import learner_environment, run


@pytest.fixture
def repositories(tmp_path):
    made = Repositories(tmp_path / "repos")
    made.create("web", {"deploy/a.yaml": "a", "deploy/notes/x.md": "x"})
    return made


@pytest.fixture
def store(repositories, tmp_path):
    return SourceStore(repositories.root, tmp_path / "cache")


def tag(repositories, name):
    sha = repositories.commit("web", "main", name, {"deploy/a.yaml": name})
    run(["tag", name, sha], cwd=repositories.path("web"))
    return sha


def names(store, source):
    artifact = store.fetch(source, store.resolve(source))
    return {
        p.relative_to(artifact.path).as_posix() for p in artifact.path.rglob("*") if p.is_file()
    }


def test_a_range_stands_for_the_newest_tag_that_fits(repositories, store):
    source = Source("web", ">=1.0 <2.0", "deploy")
    tag(repositories, "v0.9.0")
    with pytest.raises(SourceError, match="no tag") as raised:
        store.resolve(source)
    assert raised.value.place.field == "spec.source.revision"
    assert "v0.9.0" in raised.value.hint
    first = tag(repositories, "v1.0.0")
    assert store.resolve(source).sha == first
    newest = tag(repositories, "v1.10.0")
    tag(repositories, "v2.0.0")
    assert store.resolve(source).sha == newest


def test_files_that_are_ignored_are_not_there(repositories, store):
    source = Source("web", "main", "deploy")
    assert names(store, source) == {"a.yaml", "notes/x.md"}
    assert names(store, Source("web", "main", "deploy", ignore=("*.md",))) == {"a.yaml"}
    repositories.commit("web", "main", "x", {"deploy/.sourceignore": "notes/\n"})
    assert names(store, source) == {"a.yaml", ".sourceignore"}
    back = Source("web", "main", "deploy", ignore=("!notes/",))
    assert "notes/x.md" in names(store, back)


def test_only_what_an_app_names_beside_its_path_is_there(repositories, store):
    repositories.commit(
        "web",
        "main",
        "x",
        {"deploy/kustomization.yaml": "", "part/kustomization.yaml": "", "else/b.yaml": ""},
    )
    from gitops_lab.engine.app import KustomizeOptions

    options = KustomizeOptions(components=("../part",))
    source = Source("web", "main", "deploy", options)
    artifact = store.fetch(source, store.resolve(source))
    assert (artifact.root / "part/kustomization.yaml").is_file()
    assert not (artifact.root / "else").exists()


def test_a_file_that_did_not_change_is_shared_by_both_artifacts(repositories, store):
    source = Source("web", "main", "deploy")
    before = store.fetch(source, store.resolve(source))
    repositories.commit("web", "main", "x", {"deploy/a.yaml": "other"})
    after = store.fetch(source, store.resolve(source))
    same, changed = "notes/x.md", "a.yaml"
    assert (before.path / same).samefile(after.path / same)
    assert (before.path / changed).read_text() == "a"
    assert (after.path / changed).read_text() == "other"
    shutil.rmtree(before.path)
    assert (after.path / same).read_text() == "x"


@pytest.mark.parametrize(
    ("patterns", "path", "out"),
    [
        (["*.md"], "a/b.md", True),
        (["/*.md"], "a/b.md", False),
        (["/*.md"], "b.md", True),
        (["docs/"], "a/docs/x.yaml", True),
        (["docs/"], "docs", False),
        (["a/docs"], "b/a/docs", False),
        (["a/**/c"], "a/x/y/c", True),
        (["a/**/c"], "a/c", True),
        (["**/c"], "x/c", True),
        (["a/**"], "a/b/c", True),
        (["*.yaml", "!keep.yaml"], "keep.yaml", False),
        (["dir/", "!dir/keep"], "dir/keep", True),
        (["# x", "", "\\#x"], "#x", True),
        (["x?[ab]"], "x1a", True),
        (["x?[!ab]"], "x1a", False),
        (["a.b"], "axb", False),
    ],
)
def test_patterns_are_read_as_git_reads_them(patterns, path, out):
    assert Ignore(patterns)(path) is out


@pytest.fixture
def signed(tmp_path, repositories):
    """Commit on main, signed by a key of its own; the public key is what comes back."""
    clone = tmp_path / "clone"
    environment = {**learner_environment(), "GIT_CONFIG_GLOBAL": "/dev/null"}

    def sign(key: str) -> str:
        file = tmp_path / key
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", str(file)],
            check=True,
        )
        if not clone.exists():
            run(["clone", "-q", str(repositories.path("web")), str(clone)], cwd=tmp_path)
        settings = ["gpg.format=ssh", f"user.signingKey={file}", "user.name=a", "user.email=a@b.c"]
        options = [word for setting in settings for word in ("-c", setting)]
        arguments = ["commit", "-q", "-S", "--allow-empty", "-m", "signed"]
        run([*options, *arguments], cwd=clone, env=environment)
        run(["push", "-q"], cwd=clone, env=environment)
        return file.with_suffix(".pub").read_text()

    return sign


def test_a_commit_counts_when_one_of_the_keys_signed_it(store, signed):
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not here; install openssh-client")
    source = Source("web", verify=Verify("signers"))
    with pytest.raises(SourceError) as unsigned:
        store.verify(source, store.resolve(source), ("ssh-ed25519 AAAA",))
    assert (unsigned.value.reason, unsigned.value.retry) == ("NotSigned", False)
    mine = signed("mine")
    head = store.resolve(source)
    store.verify(source, head, ("# a comment\n" + mine,))
    others = signed("other")
    with pytest.raises(SourceError) as unknown:
        store.verify(source, store.resolve(source), (mine,))
    assert unknown.value.reason == "UnknownSigner"
    store.verify(source, store.resolve(source), (mine, others))

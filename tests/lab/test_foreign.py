"""Labs from a Git URL."""

import subprocess
from pathlib import Path

import pytest

from gitops_lab.errors import UsageError
from gitops_lab.lab import load
from gitops_lab.lab.foreign import agree, agreed, fetch
from gitops_lab.lab.scaffold import scaffold


def git(place: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, *words], cwd=place, check=True, capture_output=True)


@pytest.fixture
def address(tmp_path: Path) -> str:
    theirs = tmp_path / "theirs"
    scaffold(theirs / "my-lab")
    git(theirs, "init", "-q")
    git(theirs, "add", ".")
    git(theirs, "commit", "-q", "-m", "A lab")
    return f"git+file://{theirs}#my-lab"


def test_a_lab_is_cloned_and_updated(tmp_path: Path, address: str):
    first = fetch(address, tmp_path / "home")
    assert load(first.folder).name == "my-lab"

    readme = tmp_path / "theirs" / "my-lab" / "README.md"
    readme.write_text(readme.read_text().replace("Where the learner", "Here the learner"))
    git(tmp_path / "theirs", "commit", "-qam", "Better")
    second = fetch(address, tmp_path / "home")

    assert second.commit != first.commit
    assert "Here the learner" in (second.folder / "README.md").read_text()


def test_consent_is_for_one_commit(tmp_path: Path, address: str):
    home = tmp_path / "home"
    first = fetch(address, home)
    assert not agreed(first, home)
    agree(first, home)
    assert agreed(fetch(address, home), home)

    git(tmp_path / "theirs", "commit", "-q", "--allow-empty", "-m", "More")
    assert not agreed(fetch(address, home), home)


@pytest.mark.parametrize(
    "address",
    ["git+ext::sh -c touch% /tmp/x", "git+-oProxyCommand=x", "git+https://h/x.git#../../etc"],
)
def test_an_odd_address_is_refused(tmp_path: Path, address: str):
    with pytest.raises(UsageError):
        fetch(address, tmp_path)


def test_what_can_not_be_fetched_is_told_with_the_fix(tmp_path: Path):
    with pytest.raises(UsageError, match="can't be fetched") as caught:
        fetch(f"git+file://{tmp_path}/nothing", tmp_path / "home")

    assert "git ls-remote" in caught.value.hint

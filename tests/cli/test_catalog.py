"""`catalog`: shown before it is installed, shown again when it has changed."""

import subprocess
import sys
from pathlib import Path

import pytest

from gitops_lab.lab.scaffold import scaffold
from tests.cli.driver import CommandLine
from tests.lab.test_foreign import git


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    scaffold(tmp_path / "theirs" / "first")
    git(tmp_path / "theirs", "init", "-q")
    git(tmp_path / "theirs", "add", ".")
    git(tmp_path / "theirs", "commit", "-q", "-m", "A lab")
    return CommandLine(tmp_path)


def answer(line: CommandLine, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gitops_lab.cli", *arguments],
        cwd=line.place,
        env=line.environment,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_installed_before_it_was_agreed_to(line: CommandLine) -> None:
    address = f"git+file://{line.place}/theirs"

    refused = answer(line, "n\n", "catalog", "add", address, "--name", "ours")
    assert refused.returncode == 2
    assert "checks/test_" in refused.stdout
    assert line.fine("catalog", "list", "--json").document == []

    added = answer(line, "y\n", "catalog", "add", address, "--name", "ours")
    assert added.returncode == 0, added.stderr
    assert "gitops-lab start ours/first" in added.stdout
    (document,) = line.fine("catalog", "list", "--json").document
    assert document["labs"] == ["ours/first"]


def test_an_update_shows_only_what_has_changed(line: CommandLine) -> None:
    line.fine("catalog", "add", f"git+file://{line.place}/theirs", "--yes")
    assert "up to date" in line.fine("catalog", "update").out

    check = next((line.place / "theirs" / "first" / "checks").glob("*.py"))
    check.write_text(check.read_text() + "\n")
    git(line.place / "theirs", "commit", "-qam", "Other checks")

    refused = answer(line, "n\n", "catalog", "update", "theirs")
    assert refused.returncode == 2
    assert check.name in refused.stdout
    assert "lab.yaml" not in refused.stdout
    before = line.fine("catalog", "list", "--json").document[0]["commit"]
    (updated,) = line.fine("catalog", "update", "--yes", "--json").document
    assert updated["commit"] != before
    line.fine("catalog", "remove", "theirs")
    assert "None." in line.fine("catalog", "list").out


def test_what_is_not_there_is_told_with_what_is(line: CommandLine) -> None:
    ran = line("catalog", "remove", "nothing")

    assert ran.code == 2
    assert "catalog add" in ran.err

"""Names of workspaces can't lead anywhere else."""

from pathlib import Path

import pytest

from gitops_lab.errors import UsageError
from gitops_lab.workspace import checked_name, default_home


@pytest.mark.parametrize("name", ["first-sync", "a", "lab_2"])
def test_plain_names_are_taken(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["../x", "a/b", ".", "", "-a", "a b", "ü", "x" * 41, "a\0"])
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        checked_name(name)


def test_a_relative_home_is_that_of_the_folder_where_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITOPS_LAB_HOME", "state")
    monkeypatch.chdir(tmp_path)
    assert default_home() == tmp_path / "state"

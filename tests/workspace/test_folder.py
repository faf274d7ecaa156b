"""Names of workspaces can't lead anywhere else."""

import pytest

from gitops_lab.errors import UsageError
from gitops_lab.workspace import checked_name


@pytest.mark.parametrize("name", ["first-sync", "a", "lab_2"])
def test_plain_names_are_taken(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["../x", "a/b", ".", "", "-a", "a b", "ü", "x" * 41, "a\0"])
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        checked_name(name)

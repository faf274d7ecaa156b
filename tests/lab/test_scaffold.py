"""A new lab is valid from its first moment (that it proves is shown in tests/course)."""

import pytest

from gitops_lab.errors import UsageError
from gitops_lab.lab import lint, load
from gitops_lab.lab.scaffold import scaffold


def test_a_new_lab_has_no_problem(tmp_path):
    written = scaffold(tmp_path / "my-lab")

    assert lint(tmp_path / "my-lab", "my-lab") == ()
    assert load(tmp_path / "my-lab").title == "My lab"
    assert not any("@" in path.name or path.suffix == ".in" for path in written)
    assert "@NAME@" not in "".join(path.read_text() for path in written)


def test_its_file_names_the_schema_that_lies_beside_it(tmp_path):
    scaffold(tmp_path / "my-lab")

    first = (tmp_path / "my-lab" / "lab.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=.lab.schema.json"
    assert (tmp_path / "my-lab" / ".lab.schema.json").is_file()


@pytest.mark.parametrize("name", ["My Lab", "-x", "a" * 41])
def test_a_name_that_can_not_be_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="can't be a lab's name"):
        scaffold(tmp_path / name)


def test_what_is_there_is_never_overwritten(tmp_path):
    (tmp_path / "here").mkdir()

    with pytest.raises(UsageError, match="exists already"):
        scaffold(tmp_path / "here")

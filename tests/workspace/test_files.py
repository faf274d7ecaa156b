"""Files are written whole, by one command at a time, and storage errors say what to do."""

import errno
from pathlib import Path

import pytest

from gitops_lab.errors import WorkspaceError
from gitops_lab.workspace.files import locked, told_storage_errors, write_atomically


def test_a_file_is_replaced_whole_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "file"
    write_atomically(file, "one")
    write_atomically(file, "two")
    assert file.read_text() == "two"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["file"]


def test_a_second_command_is_told_who_is_at_work(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with locked(lock, "the workspace 'x'"):
        with pytest.raises(WorkspaceError) as caught, locked(lock, "the workspace 'x'"):
            pass
        assert caught.value.reason == "Busy"
        assert "pid" in caught.value.message
    with locked(lock, "the workspace 'x'"):
        pass


def test_a_full_disk_is_told_with_the_place_and_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught, told_storage_errors(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "f"))
    assert "No space left" in caught.value.message
    assert "GITOPS_LAB_HOME" in caught.value.hint

"""A record that can't be read is told, is in nobody's way, and its workspace can be removed."""

import subprocess
import sys
from pathlib import Path

import pytest

from gitops_lab.cli.choose import chosen
from gitops_lab.errors import WorkspaceError
from gitops_lab.workspace import Folder, discard, open_workspace, processes
from gitops_lab.workspace import record as records
from tests.cli.driver import CommandLine

BROKEN = ["", "{bad", "[]", '{"version": 0}', '{"version": 1, "name": "spoilt"}']


def spoilt(home: Path, text: str) -> Folder:
    folder = Folder(home, "spoilt")
    folder.root.mkdir(parents=True)
    folder.record.write_text(text)
    return folder


@pytest.mark.parametrize("text", BROKEN)
def test_it_is_told_with_the_command_that_removes_it(tmp_path: Path, text: str) -> None:
    spoilt(tmp_path, text)
    with pytest.raises(WorkspaceError) as caught:
        open_workspace("spoilt", home=tmp_path)
    assert caught.value.reason in records.UNUSABLE
    assert "`gitops-lab down --workspace spoilt`" in caught.value.hint


def test_what_ran_of_it_is_ended_and_what_was_saved_is_kept(tmp_path: Path) -> None:
    folder = spoilt(tmp_path, "{bad")
    ran = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    folder.pid("loop").parent.mkdir()
    folder.pid("loop").write_text(
        f'{{"pid": {ran.pid}, "started": "{processes.start_time(ran.pid)}"}}'
    )
    folder.saved.mkdir()
    (folder.saved / "notes.txt").write_text("mine")

    kept = discard("spoilt", home=tmp_path)

    assert not processes.start_time(ran.pid)
    ran.wait()
    assert not folder.root.exists()
    assert [(path / "notes.txt").read_text() for path in kept] == ["mine"]


def test_down_removes_it(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    folder = spoilt(line.home, "{bad")
    assert line("status").code == 3
    assert "'spoilt' is gone" in line.fine("down").out
    assert not folder.root.exists()


def test_two_of_which_none_runs_ask_for_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITOPS_LAB_HOME", str(tmp_path))
    spoilt(tmp_path, "{bad")
    other = Folder(tmp_path, "other")
    other.root.mkdir(parents=True)
    other.record.write_text("{bad")
    with pytest.raises(Exception, match="several workspaces: other, spoilt"):
        chosen("")

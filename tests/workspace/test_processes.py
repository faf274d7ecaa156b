"""A background process is told from a later one with its pid, and always ends when told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gitops_lab.errors import WorkspaceError
from gitops_lab.workspace import processes
from gitops_lab.workspace.processes import Process
from tests.waiting import eventually


def _child(code: str = "import time; time.sleep(60)") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code])


def test_a_running_process_is_alive_and_an_ended_one_is_not() -> None:
    child = _child()
    process = Process(child.pid, processes.start_time(child.pid))
    assert process.alive
    child.kill()
    child.wait()
    assert not process.alive


def test_a_pid_that_belongs_to_somebody_else_now_is_not_ours() -> None:
    process = Process(os.getpid(), "1")
    assert not process.alive
    assert not processes.end(process)


def test_a_zombie_does_not_count_as_alive() -> None:
    child = _child("pass")
    started = processes.start_time(child.pid)
    eventually(lambda: not processes.start_time(child.pid))
    assert not Process(child.pid, started).alive
    child.wait()


def test_a_process_that_ignores_the_request_to_end_is_ended_all_the_same(
    monkeypatch: object, tmp_path: Path
) -> None:
    ready = tmp_path / "ready"
    code = (
        "import signal, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
    )
    child = _child(code)
    eventually(ready.exists)
    process = Process(child.pid, processes.start_time(child.pid))
    monkeypatch.setattr(processes, "_END_SECONDS", 0.2)  # type: ignore[attr-defined]
    assert processes.end(process)
    assert not processes.start_time(child.pid)
    child.wait()


def test_a_process_that_was_ended_leaves_no_zombie() -> None:
    child = _child()
    process = Process(child.pid, processes.start_time(child.pid))
    assert processes.end(process)
    with pytest.raises(ChildProcessError):
        os.waitpid(child.pid, os.WNOHANG)
    child.wait()


def test_a_torn_pid_file_names_no_process(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    assert processes.read(file) is None
    file.write_text('{"pid": 1')
    assert processes.read(file) is None
    file.write_text(json.dumps({"pid": 1, "started": "x"}))
    assert processes.read(file) == Process(1, "x")


def test_a_process_waits_for_the_word_to_go_on(tmp_path: Path) -> None:
    with _begun(tmp_path) as starting:
        process = processes.read(tmp_path / "loop.json")
        assert process is not None
        assert process.alive
        # It goes on now, and finds no workspace.
        with pytest.raises(WorkspaceError, match="loop process did not start"):
            starting.ready()
    eventually(lambda: not process.alive)
    assert "the loop process ends" in (tmp_path / "loop.log").read_text()


def test_a_process_that_never_gets_the_word_ends_by_itself(tmp_path: Path) -> None:
    with _begun(tmp_path):
        process = processes.read(tmp_path / "loop.json")
    assert process is not None
    assert eventually(lambda: not process.alive, timeout=30)
    assert (tmp_path / "loop.log").read_text() == ""


def _begun(folder: Path) -> processes.Starting:
    return processes.begin(
        ["loop", "--workspace", str(folder / "none")],
        pid_file=folder / "loop.json",
        log_file=folder / "loop.log",
        environment=dict(os.environ),
    )

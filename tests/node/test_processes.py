"""Processes and their trees: started at once, ended whole, even when the host is killed."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from gitops_lab.node.processes import (
    Command,
    Exit,
    Launcher,
    Process,
    StartFailed,
    Streams,
    end_leftover,
)
from gitops_lab.node.supervise import tree
from gitops_lab.node.supervise.tree import start_time
from tests.waiting import eventually

T = TypeVar("T")
# A shell whose grandchild leaves the session and is orphaned.
ESCAPE = "(setsid sleep 600 & echo $! > {file}); sleep 600"


def run(work: Callable[[Launcher], Awaitable[T]]) -> T:
    async def with_launcher() -> T:
        launcher = Launcher()
        try:
            return await asyncio.wait_for(work(launcher), 15)
        finally:
            launcher.close()

    return asyncio.run(with_launcher())


def command(folder: Path, *arguments: str) -> Command:
    environment = {"PATH": "/usr/bin:/bin", "GREETING": "hi"}
    return Command(arguments, environment, folder, folder / "pid")


async def start(launcher: Launcher, folder: Path, script: str) -> Process:
    with open(folder / "out", "wb") as out, open(os.devnull, "rb") as nothing:
        streams = Streams(nothing.fileno(), out.fileno(), out.fileno())
        return await launcher.start(command(folder, "sh", "-c", script), streams)


def alive(pid: int) -> bool:
    return bool(start_time(pid))


def test_a_process_gets_its_environment_and_folder_and_tells_its_exit_code(tmp_path: Path) -> None:
    async def work(launcher: Launcher) -> Exit:
        process = await start(launcher, tmp_path, "echo $GREETING $PWD $HOME; exit 3")
        return await process.wait()

    assert run(work) == Exit(3)
    assert (tmp_path / "out").read_text() == f"hi {tmp_path}\n"
    assert not (tmp_path / "pid").exists()


def test_a_missing_program_is_told_with_its_errno(tmp_path: Path) -> None:
    async def work(launcher: Launcher) -> None:
        nothing = os.open(os.devnull, os.O_RDWR)
        await launcher.start(
            command(tmp_path, "no-such-program"), Streams(nothing, nothing, nothing)
        )

    with pytest.raises(StartFailed) as failed:
        run(work)
    assert failed.value.errno == 2


def test_sigterm_reaches_the_process_and_its_signal_is_told(tmp_path: Path) -> None:
    async def work(launcher: Launcher) -> tuple[Exit, Exit]:
        trapping = await start(
            launcher, tmp_path, "trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done"
        )
        await asyncio.to_thread(eventually, lambda: (tmp_path / "out").read_text())
        trapping.signal(signal.SIGTERM)
        first = await trapping.wait()
        plain = await start(launcher, tmp_path, "exec sleep 600")
        plain.signal(signal.SIGTERM)
        return first, await plain.wait()

    first, second = run(work)
    assert (first.status, second.status) == (7, 143)


def test_what_left_the_session_is_ended_with_the_process(tmp_path: Path) -> None:
    escaped = tmp_path / "escaped"

    async def work(launcher: Launcher) -> tuple[Exit, int]:
        process = await start(launcher, tmp_path, ESCAPE.format(file=escaped))
        child = int(
            await asyncio.to_thread(eventually, lambda: escaped.exists() and escaped.read_text())
        )
        process.kill()
        return await process.wait(), child

    ended, child = run(work)
    assert ended.status == 137
    assert not alive(child)


def test_a_killed_host_takes_every_process_with_it(tmp_path: Path) -> None:
    script = f"""
import asyncio, sys
sys.path.insert(0, {str(Path.cwd())!r})
from pathlib import Path
from tests.node.test_processes import ESCAPE, start
from gitops_lab.node.processes import Launcher
async def main():
    folder = Path({str(tmp_path)!r})
    process = await start(Launcher(), folder, ESCAPE.format(file=folder / "escaped"))
    await process.wait()
asyncio.run(main())
"""
    host = subprocess.Popen([sys.executable, "-c", script])
    escaped, pid_file = tmp_path / "escaped", tmp_path / "pid"
    child = int(eventually(lambda: escaped.exists() and escaped.read_text()))
    recorded = [int(pid) for pid in json.loads(eventually(pid_file.read_text))]
    assert all(alive(pid) for pid in [child, *recorded])
    host.send_signal(signal.SIGKILL)
    host.wait(timeout=5)
    eventually(lambda: not any(alive(pid) for pid in [child, *recorded]))


def test_a_killed_supervisor_takes_its_process_with_it(tmp_path: Path) -> None:
    async def work(launcher: Launcher) -> Exit:
        process = await start(launcher, tmp_path, "exec sleep 600")
        recorded = [int(pid) for pid in json.loads((tmp_path / "pid").read_text())]
        os.kill(next(pid for pid in recorded if pid != process.pid), signal.SIGKILL)
        return await process.wait()

    assert run(work).status == 137


def test_a_leftover_is_ended_only_if_it_is_still_the_same_process(tmp_path: Path) -> None:
    leftover = subprocess.Popen(["sleep", "600"], start_new_session=True)
    pid_file = tmp_path / "pid"
    pid_file.write_text(json.dumps({str(leftover.pid): "another time"}))
    assert not end_leftover(pid_file)
    assert leftover.poll() is None
    pid_file.write_text(json.dumps({str(leftover.pid): start_time(leftover.pid)}))
    assert end_leftover(pid_file)
    assert leftover.wait(timeout=5) == -signal.SIGKILL
    assert not pid_file.exists()


@pytest.mark.skipif(shutil.which("ps") is None, reason="there is no ps here")
def test_descendants_and_start_times_are_also_found_by_ps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "_LINUX", False)  # as on macOS
    child = subprocess.Popen(["sh", "-c", "sleep 600; true"])
    try:
        assert child.pid in tree.descendants(os.getpid())
        assert eventually(lambda: tree.descendants(child.pid))
        assert tree.start_time(child.pid) == tree.start_time(child.pid) != ""
    finally:
        for pid in [*tree.descendants(child.pid), child.pid]:
            os.kill(pid, signal.SIGKILL)
        child.wait(timeout=5)
    assert tree.start_time(child.pid) == ""


def test_starting_is_quick(tmp_path: Path) -> None:
    async def work(launcher: Launcher) -> float:
        await (await start(launcher, tmp_path, "exit 0")).wait()
        began = time.monotonic()
        await start(launcher, tmp_path, "exit 0")
        return time.monotonic() - began

    assert run(work) < 1.0

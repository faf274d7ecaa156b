"""Logs of running and ended containers, by the real kubectl."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitops_lab.node.pods.logs import LogFile, LogOptions, read_log
from tests.node.cluster import Space, shell, web
from tests.waiting import eventually


def logged(path: Path, *options: tuple[str, object], live: LogFile | None = None) -> bytes:
    async def read() -> bytes:
        chosen = LogOptions(**dict(options))  # type: ignore[arg-type]
        return b"".join([block async for block in read_log(path, live, chosen)])

    return asyncio.run(read())


@pytest.fixture
def written(tmp_path: Path) -> Path:
    log = LogFile(tmp_path / "0.log")
    for number in range(5):
        log.write("stdout", f"line {number}\n".encode())
    log.write("stderr", b"no end of line")
    log.close()
    return log.path


def test_a_log_is_read_whole_or_in_part(written: Path) -> None:
    assert logged(written) == b"".join(b"line %d\n" % n for n in range(5)) + b"no end of line"
    assert logged(written, ("tail_lines", 2)) == b"line 4\nno end of line"
    assert logged(written, ("tail_lines", 0)) == b""
    assert logged(written, ("limit_bytes", 9)) == b"line 0\nli"
    later = datetime.now(UTC) + timedelta(seconds=5)
    assert logged(written, ("since", later)) == b""


def test_timestamps_are_shown_when_asked_for(written: Path) -> None:
    first = logged(written, ("timestamps", True)).split(b"\n")[0].decode()
    moment, _, text = first.partition(" ")
    assert text == "line 0"
    assert datetime.fromisoformat(moment[:26] + "+00:00") <= datetime.now(UTC)


def test_following_goes_on_over_a_rotation_and_ends_with_the_run(tmp_path: Path) -> None:
    async def follow() -> list[bytes]:
        log = LogFile(tmp_path / "0.log", max_bytes=400)
        seen: list[bytes] = []

        async def collect(blocks: AsyncIterator[bytes]) -> None:
            async for block in blocks:
                seen.extend(block.splitlines())

        task = asyncio.create_task(collect(read_log(log.path, log, LogOptions(follow=True))))
        for number in range(40):
            log.write("stdout", b"%d\n" % number)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        log.close()
        await asyncio.wait_for(task, 5)
        return seen

    assert asyncio.run(follow()) == [b"%d" % number for number in range(40)]
    assert (tmp_path / "0.log.1").exists()


def test_a_long_line_comes_in_pieces_and_reads_as_one(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "0.log")
    for _ in range(5):
        log.write("stdout", b"x" * 10_000)
    log.write("stdout", b"\n")
    log.close()
    assert logged(log.path) == b"x" * 50_000 + b"\n"


def test_kubectl_logs_and_its_options(space: Space) -> None:
    space.pod(containers=[shell("seq 1 100; echo problem >&2")], restartPolicy="Never")
    eventually(lambda: space.status().get("phase") == "Succeeded")
    assert len(space.kubectl("logs", "web").stdout.splitlines()) == 101
    assert space.kubectl("logs", "web", "--tail=2").stdout == "100\nproblem\n"
    assert space.kubectl("logs", "web", "--limit-bytes=4").stdout == "1\n2\n"
    assert space.kubectl("logs", "web", "--since=1h", "--tail=1").stdout == "problem\n"
    assert " problem" in space.kubectl("logs", "web", "--timestamps", "--tail=1").stdout


def test_kubectl_logs_f_follows_to_the_end(space: Space) -> None:
    script = "echo one; while test ! -e go; do sleep 0.05; done; echo two"
    space.pod(containers=[shell(script)], restartPolicy="Never")
    eventually(lambda: "running" in space.container()["state"])
    follower = subprocess.Popen(
        space.kubectl_command("logs", "-f", "web"),
        env=space.kubectl_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert follower.stdout is not None
    assert follower.stdout.readline() == "one\n"
    space.kubectl("exec", "web", "--", "touch", "go")
    assert follower.communicate(timeout=10)[0] == "two\n"
    assert follower.returncode == 0


def test_previous_logs_are_those_of_the_run_before(space: Space) -> None:
    script = "test -e again && { echo second; sleep 600; }; touch again; echo first; exit 1"
    space.pod(containers=[shell(script)], terminationGracePeriodSeconds=0)
    eventually(lambda: space.container()["restartCount"] == 1)
    eventually(lambda: space.kubectl("logs", "web").stdout == "second\n")
    assert space.kubectl("logs", "web", "--previous").stdout == "first\n"


def test_logs_that_there_are_not_say_why(space: Space) -> None:
    space.pod("waits", containers=[{"name": "x", "image": "nope:1"}])
    eventually(lambda: space.container("waits")["state"].get("waiting", {}).get("reason"))
    answer = space.kubectl("logs", "waits", check=False)
    assert 'container "x" in pod "waits" is waiting to start: ' in answer.stderr
    space.pod(containers=[web()])
    space.until_ready()
    answer = space.kubectl("logs", "web", "--previous", check=False)
    assert 'previous terminated container "web" in pod "web" not found' in answer.stderr

"""What goes wrong on a learner's laptop is told in a paragraph, and nothing is lost."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gitops_lab.workspace.processes import Process
from tests.cli.driver import CommandLine, Ran
from tests.waiting import eventually

MINI = Path(__file__).parent.parent / "course_mini"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    """A command line in an empty folder."""
    made = CommandLine(tmp_path)
    yield made
    made.down()


def _told(ran: Ran, code: int) -> str:
    """The one paragraph of a failure."""
    assert ran.code == code, ran
    assert "Traceback" not in ran.out + ran.err
    paragraph = ran.err.strip()
    assert paragraph.startswith("Error: ")
    return paragraph


def _kill(line: CommandLine, process: str) -> None:
    file = next(line.home.glob(f"workspaces/*/run/{process}.json"))
    recorded = Process(**json.loads(file.read_text()))
    os.kill(recorded.pid, signal.SIGKILL)
    eventually(lambda: not recorded.alive)


def _url(line: CommandLine) -> str:
    return str(line.fine("open", "--print", "--json").document["url"])


def _info(url: str) -> str:
    with urllib.request.urlopen(f"{url}/api/info", timeout=5) as answer:
        return str(answer.read().decode())


def _occupied(port: int) -> socket.socket:
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    taken.listen()
    return taken


def test_an_invalid_lab_is_refused_with_every_problem_and_starts_nothing(
    line: CommandLine,
) -> None:
    ran = line("start", str(MINI / "05-invalid"), "--yes")
    told = _told(ran, 2)
    assert told.count("lab.yaml:") > 3
    assert not list(line.home.glob("workspaces/*/"))


def test_a_lab_file_that_is_not_yaml_is_told_with_its_line(line: CommandLine) -> None:
    lab = line.place / "01-broken"
    shutil.copytree(MINI / "01-commit", lab)
    (lab / "lab.yaml").write_text("apiVersion: gitops-lab.dev/v1\nkind: [Lab\ntitle: x\n")
    assert "lab.yaml:2" in _told(line("start", str(lab), "--yes"), 2)


def test_an_unknown_lab_is_refused_with_the_ones_there_are(line: CommandLine) -> None:
    assert "first-sync" in _told(line("start", "frist-sync"), 2)


def test_a_killed_cluster_comes_back_with_everything_in_it(lab: CommandLine) -> None:
    lab.fine("kubectl", "--", "create", "configmap", "kept", "-n", "web")
    _kill(lab, "cluster-main")
    assert "cluster main" in _told(lab("check"), 3)
    lab.fine("start", "first-sync")
    assert "kept" in lab.fine("kubectl", "--", "get", "cm", "-n", "web", "-o", "name").out
    eventually(lambda: '"version"' in _info(_url(lab)))


def test_a_killed_engine_comes_back_and_misses_no_commit(lab: CommandLine) -> None:
    _kill(lab, "loop")
    bare = next(lab.home.glob("workspaces/*/repos/web.git"))
    work = lab.place / "elsewhere"
    git = {**lab.environment, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"}
    git |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}
    subprocess.run(["git", "clone", "-q", str(bare), str(work)], check=True, env=git)
    manifest = work / "deploy" / "deployment.yaml"
    manifest.write_text(manifest.read_text().replace("web:1.0", "web:1.1"))
    for arguments in (["commit", "-qam", "Release"], ["push", "-q"]):
        subprocess.run(["git", *arguments], cwd=work, check=True, env=git)
    lab.fine("start", "first-sync")
    eventually(lambda: '"1.1"' in _info(_url(lab)))


def test_ports_that_others_took_meanwhile_are_left_to_them(lab: CommandLine) -> None:
    root = next(lab.home.glob("workspaces/*/"))
    api = int(json.loads((root / "clusters" / "main" / "cluster.json").read_text())["port"])
    git = int(json.loads((root / "workspace.json").read_text())["git_port"])
    lab.fine("stop")
    with _occupied(api), _occupied(git):
        lab.fine("start", "first-sync")
        assert '"version"' in eventually(lambda: _info(_url(lab)))
        clone = lab.place / "gitops-lab" / "first-sync" / "web"
        subprocess.run(["git", "fetch"], cwd=clone, check=True, env=lab.environment)


def test_two_starts_at_once_make_one_workspace(line: CommandLine) -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: line("start", "first-sync"), range(2)))
    codes = sorted(ran.code for ran in runs)
    assert codes[0] == 0
    for ran in runs:
        if ran.code:
            assert "another command" in _told(ran, 3)
    assert len(list(line.home.glob("workspaces/*/workspace.json"))) == 1
    assert line.fine("status", "--json").document["running"]


def test_a_home_that_cannot_be_written_is_told_with_the_way_out(line: CommandLine) -> None:
    (line.place / "file").write_text("")
    ran = line("start", "first-sync", GITOPS_LAB_HOME=str(line.place / "file" / "home"))
    assert "GITOPS_LAB_HOME" in _told(ran, 3)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; run as a normal user")
def test_a_read_only_home_is_told_with_the_way_out(line: CommandLine) -> None:
    home = line.place / "read-only"
    home.mkdir(mode=0o500)
    assert "GITOPS_LAB_HOME" in _told(line("start", "first-sync", GITOPS_LAB_HOME=str(home)), 3)


def test_a_missing_git_is_told_with_how_to_get_it(line: CommandLine, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    assert "nstall git" in _told(line("start", "first-sync", PATH=str(empty)), 3)


def test_an_old_python_is_told_before_anything_is_installed(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "dirname", "cksum", "cut", "cat", "git", "env", "mkdir", "rm", "sleep"):
        (tools / name).symlink_to(shutil.which(name) or name)
    old = tools / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.8.2\nexit 1\n')
    old.chmod(0o755)
    script = Path(__file__).parents[2] / "scripts" / "lab"
    done = subprocess.run(
        [str(script), "list"],
        env={"PATH": str(tools), "HOME": str(tmp_path), "GITOPS_LAB_VENV": str(tmp_path / "venv")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "Python 3.11" in done.stderr
    assert "3.8.2" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_native_windows_is_refused_with_the_command_for_wsl(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from gitops_lab.errors import WorkspaceError
    from gitops_lab.workspace.providers import provider_named

    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(WorkspaceError, match="Windows") as caught:
        provider_named("embedded").preflight()
    assert "wsl --install" in caught.value.hint

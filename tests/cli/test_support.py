"""`support`: an instructor can read what happened, and finds no secret."""

import base64
import json
import os
import signal
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from gitops_lab.kube import yamls
from gitops_lab.workspace.processes import Process
from tests.cli.driver import CommandLine
from tests.waiting import eventually

PASSWORD = "correct horse"
KEY = "-----BEGIN PRIVATE KEY-----\nc29tZXRoaW5nc2VjcmV0\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path)
    yield made
    made.down()


def _members(file: Path) -> dict[str, str]:
    with tarfile.open(file) as archive:
        members = {m.name.partition("/")[2]: archive.extractfile(m) for m in archive if m.isfile()}
        return {name: data.read().decode() for name, data in members.items() if data}


def _support(line: CommandLine, *arguments: str) -> dict[str, str]:
    file = line.place / "help.tar.gz"
    ran = line.fine("support", str(file), "--json", *arguments)
    assert ran.document["file"] == str(file)
    assert file.stat().st_mode & 0o777 == 0o600
    return _members(file)


def _plant(line: CommandLine) -> None:
    """Secrets where people leave them: a Secret, a variable, a log, a remote."""
    create = ("kubectl", "--", "create", "-n", "web", "secret", "generic", "db")
    line.fine(*create, f"--from-literal=password={PASSWORD}", f"--from-literal=key={KEY}")
    line.fine("kubectl", "--", "-n", "web", "create", "cm", "leak", f"--from-literal=x={PASSWORD}")
    for log in line.home.glob("workspaces/*/logs/loop.log"):
        with log.open("a") as file:
            file.write(f"said {PASSWORD} to https://bob:builder@git.example/x\n")
    clone = line.place / "gitops-lab" / "first-sync" / "web"
    remote = ["remote", "add", "work", "https://bob:builder@git.example/x"]
    subprocess.run(["git", *remote], cwd=clone, check=True)


def _secrets(line: CommandLine) -> set[str]:
    """Every secret of the workspace, in every form in which one could leave it."""
    root = next(line.home.glob("workspaces/*/"))
    found = {PASSWORD, "builder", "c29tZXRoaW5nc2VjcmV0"}
    found.add((root / "token").read_text())
    config = yamls.load((root / "kubeconfig").read_text())
    found |= {user["user"]["token"] for user in config["users"]}
    for key in (root / "ca.key", *root.glob("clusters/*/server.key")):
        found |= {row for row in key.read_text().splitlines() if not row.startswith("--")}
    for settings in root.glob("clusters/*/cluster.json"):
        found.add(json.loads(settings.read_text())["kubelet_token"])
    encoded = {base64.b64encode(secret.encode()).decode() for secret in found}
    return found | encoded | {quote(secret, safe="") for secret in found}


def _assert_clean(members: dict[str, str], secrets: set[str]) -> None:
    for name, text in members.items():
        for secret in secrets:
            assert secret not in text, name
            assert secret not in name
        assert "PRIVATE KEY" not in text, name


def _kill_all(line: CommandLine) -> None:
    for file in line.home.glob("workspaces/*/run/*.json"):
        recorded = Process(**json.loads(file.read_text()))
        os.kill(recorded.pid, signal.SIGKILL)
        eventually(lambda recorded=recorded: not recorded.alive)


def test_support_of_a_running_workspace_tells_all_but_its_secrets(line: CommandLine) -> None:
    line.fine("start", "first-sync")
    _plant(line)
    members = _support(line)
    at = "workspaces/first-sync"
    cluster = f"{at}/clusters/main"
    assert json.loads(members["doctor.json"])["works"]["embedded"]
    assert "kubernetes-validate" in json.loads(members["machine.json"])["packages"]
    assert json.loads(members[f"{at}/workspace.json"])["lab"] == "first-sync"
    assert json.loads(members[f"{at}/processes.json"])["loop"]["alive"]
    assert "name: web" in members[f"{cluster}/objects/deployments.apps.yaml"]
    assert "Synced" in members[f"{cluster}/engine.txt"]
    assert "Started" in members[f"{cluster}/events.txt"]
    assert f"{len(KEY)} bytes" in members[f"{cluster}/objects/secrets.yaml"]
    assert "said <removed>" in members[f"{at}/logs/loop.log"]
    assert "refs/heads/main" in members[f"{at}/repositories/web.txt"]
    assert "## main" in members[f"{at}/clones/web.txt"]
    assert any("pod-logs" in name for name in members)
    _assert_clean(members, _secrets(line))


def test_support_works_when_everything_is_dead_and_half_of_it_is_missing(
    line: CommandLine,
) -> None:
    line.fine("start", "first-sync")
    _plant(line)
    secrets = _secrets(line)
    _kill_all(line)
    root = next(line.home.glob("workspaces/*/"))
    (root / "workspace.json").write_text("{broken")
    (root / "kubeconfig").unlink()
    (root / "repos" / "web.git" / "HEAD").unlink()
    members = _support(line)
    cluster = "workspaces/first-sync/clusters/main"
    assert "read from the store" in members[f"{cluster}/from-disk.txt"]
    assert "name: web" in members[f"{cluster}/objects/deployments.apps.yaml"]
    assert "does not answer" in members["problems.txt"]
    assert "repositories" in members["problems.txt"]
    _assert_clean(members, secrets)
    (root / "workspace.json").unlink()


def test_support_without_any_workspace_tells_of_the_machine(line: CommandLine) -> None:
    members = _support(line)
    assert {"README.txt", "doctor.json", "machine.json", "problems.txt"} == set(members)


def test_support_names_the_workspaces_there_are(line: CommandLine) -> None:
    ran = line("support", "--workspace", "nobody")
    assert ran.code == 2
    assert "no workspace named 'nobody'" in ran.err


def test_support_that_cannot_write_its_file_says_so(line: CommandLine) -> None:
    ran = line("support", str(line.place / "none" / "help.tar.gz"))
    assert ran.code == 3
    assert "No such file" in ran.err
    assert "Traceback" not in ran.err

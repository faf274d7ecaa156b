"""The audit log, written by a server and read as checks read it."""

import asyncio
from pathlib import Path

import pytest

from gitops_lab.apiserver.audit import AuditLog
from gitops_lab.apiserver.config import User
from gitops_lab.apiserver.http.call import Call, Query, Target
from gitops_lab.apiserver.types.registry import Registry
from gitops_lab.kube import audit
from tests.apiserver.raw import config_map, send
from tests.apiserver.servers import RunningServer
from tests.waiting import eventually


def written(server: RunningServer, namespace: str) -> list[audit.Written]:
    found = audit.read(server.folder / "audit.log")
    return [each for each in found if each.namespace == namespace]


def test_it_tells_who_wrote_what_with_which_tool(server: RunningServer, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    agent = {"User-Agent": "kubectl/v1.37.1 (linux/amd64)"}
    send(server, "POST", f"{path}?fieldManager=kubectl-create", config_map("made"), agent)
    send(server, "GET", path, headers=agent)
    send(server, "DELETE", f"{path}/made?dryRun=All", headers=agent)
    send(server, "DELETE", f"{path}/none", headers={**agent, "Impersonate-User": "jane"})
    eventually(lambda: len(written(server, namespace)) == 3)
    made, dry, refused = written(server, namespace)
    assert (made.verb, made.resource, made.name) == ("create", "configmaps", "made")
    assert (made.user, made.tool, made.manager) == ("admin", "kubectl", "kubectl-create")
    assert made.took_effect
    assert dry.dry_run
    assert not dry.took_effect
    assert (refused.code, refused.user, refused.acting_as) == (403, "admin", "jane")


def test_what_came_before_can_be_left_out(server: RunningServer, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    for name in ("one", "two"):
        send(server, "POST", path, config_map(name))
    eventually(lambda: len(written(server, namespace)) == 2)
    later = written(server, namespace)[1].time
    found = audit.read(server.folder / "audit.log", since=later)
    assert [each.name for each in found if each.namespace == namespace] == ["two"]


def call(name: str, user: str = "jane", part: str = "") -> Call:
    resource = Registry.builtin().lookup("", "v1", "pods")
    assert resource is not None
    target = Target(resource, "here", name, part)
    return Call("PATCH", f"/{name}", Query(b""), {}, User(user), target)


def write(log: AuditLog, requests: list[tuple[Call, str]]) -> None:
    async def record() -> None:
        for number, (each, verb) in enumerate(requests):
            log.record(each, verb, 200, float(number))
        log.stop()

    log.start()
    asyncio.run(record())


def test_its_files_stay_small_and_are_read_in_order(tmp_path: Path) -> None:
    file = tmp_path / "audit.log"
    write(AuditLog(file, max_bytes=20_000), [(call(f"pod-{n}"), "patch") for n in range(200)])
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2 * 20_000
    names = [each.name for each in audit.read(file)]
    assert names[-1] == "pod-199"
    assert names == sorted(names, key=lambda name: int(name.partition("-")[2]))


@pytest.mark.parametrize(
    ("verb", "user", "part", "logged"),
    [
        ("patch", "jane", "status", True),
        ("get", "jane", "", False),
        ("patch", "system:node:one", "status", False),
        ("patch", "system:kube-controller-manager", "", True),
    ],
)
def test_a_cluster_s_own_chatter_is_left_out(
    tmp_path: Path, verb: str, user: str, part: str, logged: bool
) -> None:
    file = tmp_path / "audit.log"
    write(AuditLog(file), [(call("web", user, part), verb)])
    assert bool(list(audit.read(file))) is logged


def test_a_line_that_is_cut_off_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "audit.log"
    file.write_bytes(b'{"kind":"Event","verb":"create","objectRef":{"name":"a"}}\n{"kind":"Ev')
    assert [each.name for each in audit.read(file)] == ["a"]
    assert not list(audit.read(tmp_path / "none.log"))

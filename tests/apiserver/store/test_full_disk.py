"""A disk that is full refuses writes with the reason, and nothing else."""

import sqlite3
from pathlib import Path

import pytest

from gitops_lab.apiserver.rbac import policy
from gitops_lab.apiserver.store.database import Database
from tests.apiserver.raw import config_map, send
from tests.apiserver.servers import RunningServer

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def test_writes_are_refused_and_reads_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlimited = Database._connect

    def limited(self: Database) -> sqlite3.Connection:
        connection = unlimited(self)
        connection.execute("PRAGMA max_page_count = 120")
        return connection

    monkeypatch.setattr(Database, "_connect", limited)
    running = RunningServer(tmp_path).start()
    try:
        assert send(running, "POST", CONFIG_MAPS, config_map("small", a="b")).code == 201
        refused = send(running, "POST", CONFIG_MAPS, config_map("big", a="x" * 500_000))
        assert (refused.code, refused.json["reason"]) == (507, "InsufficientStorage")
        assert "full" in refused.json["message"]
        listed = send(running, "GET", CONFIG_MAPS).json["items"]
        assert [each["metadata"]["name"] for each in listed] == ["small"]
        assert send(running, "POST", CONFIG_MAPS, config_map("little", a="b")).code == 201
        taken = send(running, "POST", "/api/v1/namespaces/default/services", node_port(30099, 5000))
        assert taken.code == 507
        free = send(running, "POST", "/api/v1/namespaces/default/services", node_port(30099, 1))
        assert free.code == 201
    finally:
        running.stop()


def node_port(port: int, size: int) -> dict[str, object]:
    annotations = {f"test.example/{number}": "x" * 25 for number in range(size)}
    return {
        "metadata": {"name": "web", "annotations": annotations},
        "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": port}]},
    }


def test_a_start_goes_on_when_the_roles_of_a_cluster_don_t_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    unlimited = Database._connect

    def limited(self: Database) -> sqlite3.Connection:
        connection = unlimited(self)
        connection.execute("PRAGMA max_page_count = 40")
        return connection

    huge = {"metadata": {"name": "huge", "annotations": {"a": "x" * 600_000}}, "rules": []}
    monkeypatch.setattr(policy, "objects", lambda: {"clusterroles": [huge]})
    monkeypatch.setattr(Database, "_connect", limited)
    running = RunningServer(tmp_path).start()
    try:
        assert send(running, "GET", CONFIG_MAPS).code == 200
        assert "roles that every cluster has are not complete" in caplog.text
    finally:
        running.stop()

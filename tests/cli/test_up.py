"""A workspace without a lab, with several clusters."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.driver import CommandLine


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path)
    yield made
    made.down()


def test_several_clusters_are_contexts_of_one_kubeconfig(line: CommandLine) -> None:
    line.fine("up", "fleet", "--cluster", "dev", "--cluster", "prod")
    for name in ("dev", "prod"):
        line.fine("kubectl", "--", "--context", name, "create", "configmap", f"only-in-{name}")
    dev = line.fine("kubectl", "--", "--context", "dev", "get", "cm", "-o", "name").out
    assert "only-in-dev" in dev
    assert "only-in-prod" not in dev
    contexts = line.fine("kubectl", "--", "config", "get-contexts", "-o", "name").out.split()
    assert contexts == ["dev", "prod"]
    line.fine("stop")
    line.fine("up", "fleet")
    again = line.fine("kubectl", "--", "--context", "prod", "get", "cm", "-o", "name").out
    assert "only-in-prod" in again


def test_several_workspaces_are_told_apart_by_name(line: CommandLine) -> None:
    line.fine("up", "one")
    line.fine("up", "two")
    ran = line("status")
    assert ran.code == 2
    assert "one, two" in ran.err
    assert line.fine("status", "--workspace", "two", "--json").document["workspace"] == "two"
    first = line.fine("kubeconfig", "--workspace", "one").out
    assert first != line.fine("kubeconfig", "--workspace", "two").out

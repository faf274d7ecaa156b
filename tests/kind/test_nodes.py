"""A cluster of several nodes: their pods reach each other, and go on doing so after a stop."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.driver import CommandLine
from tests.kind.conftest import START_SECONDS, containers
from tests.waiting import eventually

NAME = "tier-nodes"
WEB = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "tolerations": [{"operator": "Exists"}],
                "containers": [{"name": "web", "image": "gitops-lab/web:1.0"}],
            },
        },
    },
}
ASK = (
    "import sys,urllib.request;"
    "print(urllib.request.urlopen(f'http://{sys.argv[1]}:8080/api/info',timeout=5).status)"
)


@pytest.fixture
def lab(swept: None, tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path, START_SECONDS)
    yield made
    made.down()


def _kubectl(lab: CommandLine, *arguments: str) -> str:
    return lab.fine("kubectl", "--workspace", NAME, *arguments).out.strip()


def _pods(lab: CommandLine) -> dict[str, tuple[str, str]]:
    """The name and the address of the ready pod of each node."""
    pods = json.loads(_kubectl(lab, "get", "pods", "-l", "app=web", "-o", "json"))["items"]
    return {
        pod["spec"]["nodeName"]: (pod["metadata"]["name"], pod["status"]["podIP"])
        for pod in pods
        if all(each["ready"] for each in pod["status"].get("containerStatuses", [{"ready": False}]))
    }


def _each_reaches_each(lab: CommandLine, nodes: int) -> bool:
    pods = _pods(lab)
    if len(pods) != nodes:
        return False
    return all(
        lab("kubectl", "--workspace", NAME, "exec", asking, "--", "python3", "-c", ASK, address).out
        == "200\n"
        for asking, _ in pods.values()
        for _, address in pods.values()
    )


def test_pods_of_all_nodes_reach_each_other_also_after_a_stop(lab: CommandLine) -> None:
    lab.fine("up", NAME, "--provider", "kind", "--nodes", "3")
    assert len(containers("gitops-lab-tier-nodes")) == 3
    manifest = lab.place / "web.json"
    manifest.write_text(json.dumps(WEB))
    _kubectl(lab, "apply", "-f", str(manifest))
    assert eventually(lambda: _each_reaches_each(lab, 3), timeout=120)
    before = {node: address.rpartition(".")[0] for node, (_, address) in _pods(lab).items()}
    assert len(set(before.values())) == 3  # a range for each node

    lab.fine("stop", "--workspace", NAME)
    lab.fine("up", NAME)
    assert eventually(lambda: _each_reaches_each(lab, 3), timeout=120)

    lab.fine("down", "--workspace", NAME)
    assert containers("gitops-lab-tier-nodes") == []

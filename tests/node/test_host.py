"""What survives the machine's own end: orderly, or by kill -9."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.node.supervise.tree import start_time
from tests.node.cluster import Cluster, Space, shell, web
from tests.waiting import eventually

# The node alone as a process of its own, so that it can be killed.
NODE = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.node.cluster import Cluster
cluster = Cluster(Path(sys.argv[2]))
cluster.server.url = sys.argv[3]
cluster.start_node()
print("up", flush=True)
sys.stdin.read()  # ends with the test
"""


class NodeProcess:
    """A node that can be killed."""

    def __init__(self, cluster: Cluster) -> None:
        root = str(Path(__file__).parents[2])
        self.process = subprocess.Popen(
            [sys.executable, "-c", NODE, root, str(cluster.folder), cluster.server.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "up\n"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=5)

    def __enter__(self) -> "NodeProcess":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster whose node is the test's to start and end."""
    running = Cluster(tmp_path).start()
    running.node.stop()
    yield running
    running.stop()


def pids(cluster: Cluster) -> list[int]:
    return [
        int(pid)
        for path in (cluster.folder / "node" / "run").iterdir()
        for pid in json.loads(path.read_text())
    ]


def restarts(space: Space) -> int:
    return int(space.container()["restartCount"])


def test_after_a_kill_processes_are_gone_and_pods_run_again(bare: Cluster) -> None:
    space = Space(bare, "killed")
    with NodeProcess(bare) as node:
        space.pod(containers=[web()])
        ip = space.until_ready()["status"]["podIP"]
        before = pids(bare)
        node.kill()
    eventually(lambda: not any(start_time(pid) for pid in before))
    with NodeProcess(bare):
        eventually(lambda: restarts(space) == 1)
        space.until_ready()
        lost = space.container()["lastState"]["terminated"]
        assert (lost["exitCode"], lost["reason"]) == (255, "Unknown")
        assert space.status()["podIP"] == ip
        assert "listens" in space.kubectl("logs", "web", "--previous").stdout


def test_what_a_killed_supervisor_left_is_ended_at_the_next_start(bare: Cluster) -> None:
    leftover = subprocess.Popen(["sleep", "600"], start_new_session=True)
    record = bare.folder / "node" / "run" / "some-container"
    record.write_text(json.dumps({str(leftover.pid): start_time(leftover.pid)}))
    with NodeProcess(bare):
        assert leftover.wait(timeout=5) == -signal.SIGKILL
    assert not record.exists()


def test_pods_deleted_meanwhile_leave_nothing_behind(bare: Cluster) -> None:
    space = Space(bare, "deleted")
    bare.start_node()
    space.pod(containers=[web()])
    uid = space.until_ready()["metadata"]["uid"]
    folder = bare.folder / "node" / "pods" / uid
    bare.node.stop()
    assert folder.exists()
    space.client.delete("v1", "Pod", "web", space.name, grace_seconds=0)
    bare.start_node()
    eventually(lambda: not folder.exists())


def test_stopping_ends_every_process_and_changes_no_object(bare: Cluster) -> None:
    space = Space(bare, "stopped")
    bare.start_node()
    space.pod(containers=[web()])
    space.until_ready()
    version = space.get("web")["metadata"]["resourceVersion"]
    running = pids(bare)
    bare.node.stop()
    assert not any(start_time(pid) for pid in running)
    assert space.get("web")["metadata"]["resourceVersion"] == version
    assert os.listdir(bare.folder / "node" / "run") == []


def test_stopping_while_pods_come_starts_nothing_more(bare: Cluster) -> None:
    space = Space(bare, "busy")
    bare.start_node()
    for number in range(8):
        space.pod(f"web-{number}", containers=[web()])
    bare.node.stop()
    eventually(lambda: os.listdir(bare.folder / "node" / "run") == [])


def test_two_nodes_of_one_machine_share_the_pods(bare: Cluster) -> None:
    space = Space(bare, "two")
    bare.start_node(more_names=("second",))
    for number in range(4):
        space.pod(f"web-{number}", containers=[web()])
    nodes = [space.until_ready(f"web-{number}")["spec"]["nodeName"] for number in range(4)]
    assert sorted(nodes) == ["gitops-lab-node"] * 2 + ["second"] * 2


def test_what_a_set_has_stored_is_there_after_a_stop_of_the_whole_cluster(tmp_path: Path) -> None:
    first = Cluster(tmp_path).start()
    try:
        labels = {"app": "store"}
        script = 'echo run >> "$GITOPS_LAB_MOUNT_ROOT/data/note"; exec sleep 600'
        container = shell(script, volumeMounts=[{"name": "data", "mountPath": "/data"}])
        claim = {
            "metadata": {"name": "data"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            },
        }
        spec = {
            "serviceName": "store",
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            "volumeClaimTemplates": [claim],
        }
        Space(first, "kept").create("apps/v1", "StatefulSet", "store", spec=spec)
        eventually(lambda: notes(tmp_path) == ["run\n"])
    finally:
        first.stop()
    second = Cluster(tmp_path).start()
    try:
        eventually(lambda: notes(tmp_path) == ["run\nrun\n"])
        claims = second.client.list("v1", "PersistentVolumeClaim", "kept").items
        assert [each["metadata"]["name"] for each in claims] == ["data-store-0"]
    finally:
        second.stop()


def notes(folder: Path) -> list[str]:
    """What is in the volumes."""
    return [path.read_text() for path in (folder / "node" / "volumes").glob("*/note")]

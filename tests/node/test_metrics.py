"""What pods use, as `kubectl top` shows it."""

import os
import subprocess
import sys

import pytest

from gitops_lab.controllers.framework.pods import ready_since
from gitops_lab.controllers.framework.times import now, seconds_since
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.quantities import amount
from gitops_lab.node.metering import clock_seconds, sample
from tests.node.cluster import Space, shell
from tests.waiting import eventually

METRICS = "/apis/metrics.k8s.io/v1beta1"
BUSY = "while :; do :; done"


@pytest.fixture
def busy(space: Space) -> Space:
    """A pod that does its best, and one that sleeps."""
    limits = {"resources": {"requests": {"cpu": "100m"}}}
    space.pod("busy", metadata={"labels": {"app": "busy"}}, containers=[shell(BUSY, **limits)])
    space.pod("idle", containers=[shell("exec sleep 1000")])
    for name in ("busy", "idle"):
        eventually(lambda n=name: space.status(n).get("phase") == "Running")  # type: ignore[misc]
    return space


def test_pods_and_nodes_are_measured(busy: Space) -> None:
    found = busy.client.request("GET", f"{METRICS}/namespaces/{busy.name}/pods")
    assert found["kind"] == "PodMetricsList"
    pods = {pod["metadata"]["name"]: pod for pod in found["items"]}
    (container,) = pods["busy"]["containers"]
    assert container["name"] == "main"
    assert amount(container["usage"]["cpu"]) > amount("50m")
    assert amount(pods["idle"]["containers"][0]["usage"]["cpu"]) < amount("50m")
    assert amount(container["usage"]["memory"]) > amount("100Ki")
    assert pods["busy"]["metadata"]["labels"] == {"app": "busy"}
    node = busy.client.request("GET", f"{METRICS}/nodes/gitops-lab-node")
    assert amount(node["usage"]["cpu"]) > amount("50m")


def test_pods_are_chosen_by_label(busy: Space) -> None:
    path = f"{METRICS}/namespaces/{busy.name}/pods"
    found = busy.client.request("GET", path, params={"labelSelector": "app=busy"})
    assert [pod["metadata"]["name"] for pod in found["items"]] == ["busy"]
    with pytest.raises(NotFound):
        busy.client.request("GET", f"{path}/none-such")


def test_kubectl_top_shows_them(busy: Space) -> None:
    shown = busy.kubectl("top", "pods").stdout.split()
    assert shown[:3] == ["NAME", "CPU(cores)", "MEMORY(bytes)"]
    assert {"busy", "idle"} <= set(shown)
    assert "gitops-lab-node" in busy.kubectl("top", "nodes").stdout


def test_what_a_process_started_counts_too() -> None:
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as parent:
        alone = sample([os.getpid()])[os.getpid()]
        assert alone.memory > 1_000_000
        mine = eventually(lambda: sample([parent.pid])[parent.pid])
        assert mine.cpu >= 0
        parent.communicate(b"\n")
    assert sample([parent.pid]) == {}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0:00.31", 0.31), ("12:34.50", 754.5), ("01:02:03", 3723.0), ("2-00:00:01", 172801.0)],
)
def test_the_times_of_ps_are_read(text: str, seconds: float) -> None:
    assert clock_seconds(text) == pytest.approx(seconds)


def test_a_busy_deployment_is_scaled_out(space: Space) -> None:
    container = shell(BUSY, resources={"requests": {"cpu": "100m"}})
    labels = {"app": "busy"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    asked = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    space.create("apps/v1", "Deployment", "busy", spec=asked)

    def settled() -> bool:
        """Its first moments say nothing about a pod."""
        pods = space.client.list("v1", "Pod", space.name).items
        ready = [ready_since(pod) for pod in pods if ready_since(pod)]
        return any((seconds_since(since, now()) or 0) > 3 for since in ready)

    eventually(settled)
    metric = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 10}}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "busy"}
    scaler = {
        "scaleTargetRef": target,
        "maxReplicas": 2,
        "metrics": [{"type": "Resource", "resource": metric}],
    }
    space.create("autoscaling/v2", "HorizontalPodAutoscaler", "busy", spec=scaler)
    eventually(lambda: space.get("busy", "Deployment", "apps/v1")["spec"]["replicas"] == 2)
    message = "New size: 2; reason: cpu resource utilization (percentage of request) above target"
    eventually(lambda: ("SuccessfulRescale", message) in space.events("busy"))
    space.client.delete("apps/v1", "Deployment", "busy", space.name)

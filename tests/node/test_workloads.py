"""Stateful sets, daemon sets and schedules as kubectl sees them, with pods that really run."""

import subprocess
from typing import Any

import pytest

from tests.node.cluster import Space, web
from tests.waiting import eventually

LABELS = {"app": "web"}


def spec(version: str = "1.0", **more: Any) -> dict[str, Any]:
    probe = {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1}
    container = web(version, readinessProbe=probe)
    pods = {"terminationGracePeriodSeconds": 1, "containers": [container]}
    template = {"metadata": {"labels": LABELS}, "spec": pods}
    return {"selector": {"matchLabels": LABELS}, "template": template, **more}


def rolled_out(space: Space, what: str) -> str:
    return space.kubectl("rollout", "status", what, "--timeout=25s").stdout


def image(space: Space, pod: str) -> str:
    return str(space.get(pod)["spec"]["containers"][0]["image"])


def test_a_stateful_set_rolls_out_and_back(space: Space) -> None:
    space.create("apps/v1", "StatefulSet", "web", spec=spec(replicas=2, serviceName="web"))
    assert "partitioned roll out complete" in rolled_out(space, "sts/web")
    space.kubectl("set", "image", "sts/web", "web=gitops-lab/web:1.1")
    rolled_out(space, "sts/web")
    assert image(space, "web-0") == "gitops-lab/web:1.1"
    history = space.kubectl("rollout", "history", "sts/web").stdout.split()
    assert history[-4:] == ["1", "<none>", "2", "<none>"]
    space.kubectl("rollout", "undo", "sts/web")
    rolled_out(space, "sts/web")
    assert image(space, "web-0") == "gitops-lab/web:1.0"


def test_a_daemon_set_rolls_out(space: Space) -> None:
    space.create("apps/v1", "DaemonSet", "web", spec=spec())
    assert 'daemon set "web" successfully rolled out' in rolled_out(space, "ds/web")
    space.kubectl("set", "image", "ds/web", "web=gitops-lab/web:1.1")
    rolled_out(space, "ds/web")
    columns = space.kubectl("get", "ds", "web", "--no-headers").stdout.split()
    assert columns[1:6] == ["1", "1", "1", "1", "1"]


def test_a_run_of_a_schedule_can_be_started_by_hand(space: Space) -> None:
    make = ("create", "cronjob", "sum", "--image=test/sh:1", "--schedule=0 0 1 1 *")
    space.kubectl(*make, "--", "sh", "-c", "echo 42")
    space.kubectl("create", "job", "now", "--from=cronjob/sum")
    space.kubectl("wait", "--for=condition=complete", "job/now", "--timeout=20s")
    assert space.kubectl("logs", "job/now").stdout == "42\n"


@pytest.fixture
def drained(space: Space) -> Any:
    """The name of the node, which takes new pods again afterwards."""
    yield "gitops-lab-node"
    space.kubectl("uncordon", "gitops-lab-node")


def test_a_budget_holds_a_drain_up(space: Space, drained: str) -> None:
    labels = {"drained": space.name}
    asked = spec(replicas=1)
    asked["template"]["metadata"]["labels"] = {**LABELS, **labels}
    space.create("apps/v1", "Deployment", "web", spec=asked)
    budget = {"minAvailable": 1, "selector": {"matchLabels": LABELS}}
    space.create("policy/v1", "PodDisruptionBudget", "web", spec=budget)
    rolled_out(space, "deploy/web")

    def healthy() -> bool:
        status = space.get("web", "PodDisruptionBudget", "policy/v1").get("status") or {}
        return status.get("currentHealthy") == 1

    eventually(healthy)
    drain = ("drain", drained, f"--pod-selector=drained={space.name}")
    with pytest.raises(subprocess.CalledProcessError) as held:
        space.kubectl(*drain, "--timeout=2s")
    assert "would violate the pod's disruption budget" in held.value.stderr
    space.client.delete("policy/v1", "PodDisruptionBudget", "web", space.name)
    assert "evicted" in space.kubectl(*drain, "--timeout=20s").stdout

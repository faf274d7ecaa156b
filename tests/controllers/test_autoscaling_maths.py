from typing import Any

import pytest

from gitops_lab.controllers.autoscaling.pace import Memory, pace, tolerance
from gitops_lab.controllers.autoscaling.proposal import (
    NoProposal,
    Target,
    Tolerance,
    propose,
    target_of,
)
from gitops_lab.controllers.autoscaling.status import current_metric, quantity
from gitops_lab.controllers.framework.times import parse
from gitops_lab.kube.objects import Object

NOW = parse("2026-01-01T12:00:00Z")
HALF = Target("cpu", utilization=50)


def pod(name: str, phase: str = "Running", ready: str = "2026-01-01T11:00:00Z") -> Object:
    status = {
        "phase": phase,
        "startTime": "2026-01-01T11:00:00Z" if ready < "2026-01-01T11:50" else ready,
        "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": ready}],
    }
    container = {"name": "web", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}
    return {"metadata": {"name": name}, "spec": {"containers": [container]}, "status": status}


def metric(name: str, cpu: str, memory: str = "10Mi") -> Object:
    usage = {"cpu": cpu, "memory": memory}
    return {
        "metadata": {"name": name},
        "timestamp": "2026-01-01T12:00:00Z",
        "window": "15s",
        "containers": [{"name": "web", "usage": usage}],
    }


def size(target: Target, pods: list[Object], metrics: list[Object]) -> int:
    assert NOW is not None
    return propose(target, pods, metrics, len(pods), Tolerance(), NOW).replicas


@pytest.mark.parametrize(
    ("used", "wanted"),
    [(["50m", "50m"], 2), (["54m", "54m"], 2), (["100m", "100m"], 4), (["10m", "20m"], 1)],
)
def test_the_size_brings_the_average_to_the_target(used: list[str], wanted: int) -> None:
    pods = [pod(f"web-{n}") for n in range(len(used))]
    metrics = [metric(f"web-{n}", cpu) for n, cpu in enumerate(used)]
    assert size(HALF, pods, metrics) == wanted


def test_an_average_value_needs_no_requests() -> None:
    bare = pod("web-0")
    del bare["spec"]["containers"][0]["resources"]
    target = Target("memory", average=5 * 1024 * 1024 * 1000)
    assert size(target, [bare], [metric("web-0", "1m")]) == 2


def test_pods_that_say_nothing_slow_the_change_down() -> None:
    two = [pod("web-0"), pod("web-1")]
    assert size(HALF, two, [metric("web-0", "150m")]) == 3
    assert size(HALF, two, [metric("web-0", "10m")]) == 2


def test_a_pod_that_has_just_come_up_does_not_count_yet() -> None:
    fresh = pod("web-1", ready="2026-01-01T11:59:50Z")
    pods, metrics = [pod("web-0"), fresh], [metric("web-0", "50m"), metric("web-1", "900m")]
    assert size(HALF, pods, metrics) == 2  # and not ten
    with pytest.raises(NoProposal, match="pods might be unready"):
        size(HALF, [fresh], metrics[1:])


@pytest.mark.parametrize(
    ("pods", "metrics", "why"),
    [
        ([pod("web-0")], [], "no metrics returned from resource metrics API"),
        ([], [metric("web-0", "1m")], "no pods returned by selector"),
    ],
)
def test_what_is_missing_is_said(pods: list[Object], metrics: list[Object], why: str) -> None:
    with pytest.raises(NoProposal, match=why):
        size(HALF, pods, metrics)


def test_a_container_without_a_request_is_named() -> None:
    bare = pod("web-0")
    bare["spec"]["containers"][0]["resources"] = {}
    with pytest.raises(NoProposal) as refused:
        size(HALF, [bare], [metric("web-0", "1m")])
    assert str(refused.value) == "missing request for cpu in container web of Pod web-0"


def test_targets_are_read_and_named() -> None:
    wanted = {"type": "Utilization", "averageUtilization": 80}
    found = target_of({"type": "Resource", "resource": {"name": "cpu", "target": wanted}})
    assert found.metric == "cpu resource utilization (percentage of request)"
    source = {"name": "memory", "container": "web", "target": {"averageValue": "64Mi"}}
    assert target_of({"type": "ContainerResource", "containerResource": source}).average
    with pytest.raises(NoProposal, match="External metrics need an API"):
        target_of({"type": "External"})


def test_amounts_are_written_as_quantities() -> None:
    written = [quantity("cpu", 250), quantity("cpu", 2000), quantity("memory", 1024**2 * 64000)]
    assert written == ["250m", "2", "64Mi"]
    assert NOW is not None
    proposal = propose(HALF, [pod("a")], [metric("a", "75m")], 1, Tolerance(), NOW)
    shown = {"averageValue": "75m", "averageUtilization": 75}
    assert current_metric(HALF, proposal)["resource"] == {"name": "cpu", "current": shown}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def spec(**behavior: Any) -> Object:
    return {"minReplicas": 1, "maxReplicas": 10, **({"behavior": behavior} if behavior else {})}


def test_scaling_down_waits_for_five_minutes() -> None:
    clock = Clock()
    memory = Memory(clock=clock)
    assert pace(spec(), 4, 4, memory).replicas == 4
    clock.now += 60
    held = pace(spec(), 4, 1, memory)
    assert (held.replicas, held.able[0]) == (4, "ScaleDownStabilized")
    clock.now += 300
    free = pace(spec(), 4, 1, memory)
    assert (free.replicas, free.able[0]) == (1, "ReadyForNewScale")


@pytest.mark.parametrize(
    ("current", "proposal", "replicas", "reason"),
    [
        (1, 9, 4, "ScaleUpLimit"),
        (3, 9, 6, "ScaleUpLimit"),
        (8, 99, 10, "TooManyReplicas"),
        (3, 0, 1, "TooFewReplicas"),
        (3, 5, 5, "DesiredWithinRange"),
    ],
)
def test_sizes_stay_within_bounds(current: int, proposal: int, replicas: int, reason: str) -> None:
    found = pace(spec(), current, proposal, Memory())
    assert (found.replicas, found.limit[0]) == (replicas, reason)
    assert found.limited is (reason != "DesiredWithinRange")


def test_policies_limit_what_happens_in_a_period() -> None:
    clock = Clock()
    memory = Memory(clock=clock)
    policies = [{"type": "Pods", "value": 2, "periodSeconds": 60}]
    rules = spec(scaleUp={"policies": policies, "stabilizationWindowSeconds": 0})
    assert pace(rules, 2, 9, memory).replicas == 4
    memory.note_change(2)
    clock.now += 30
    assert pace(rules, 4, 9, memory).replicas == 4
    clock.now += 31
    assert pace(rules, 4, 9, memory).replicas == 6


def test_a_direction_can_be_closed_and_take_its_time() -> None:
    closed = spec(scaleDown={"selectPolicy": "Disabled", "stabilizationWindowSeconds": 0})
    found = pace(closed, 5, 1, Memory())
    assert (found.replicas, found.limit[0]) == (5, "ScaleDownLimit")
    percent = [{"type": "Percent", "value": 50, "periodSeconds": 60}]
    half = spec(scaleDown={"policies": percent, "stabilizationWindowSeconds": 0})
    assert pace(half, 5, 1, Memory()).replicas == 2
    assert tolerance(spec(scaleUp={"tolerance": "0.5"})) == Tolerance(0.5, 0.1)

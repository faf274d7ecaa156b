"""autoscaling/v1 and v2 are two views of the same autoscalers."""

import pytest

from gitops_lab.apiserver.autoscalers import AutoscalerV1
from gitops_lab.kube.client import Client
from gitops_lab.kube.objects import Object

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
MEMORY: Object = {
    "type": "Resource",
    "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}},
}
CPU: Object = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
}


def test_what_v1_writes_v2_shows(client: Client, namespace: str) -> None:
    spec = {"scaleTargetRef": TARGET, "maxReplicas": 3, "targetCPUUtilizationPercentage": 50}
    client.create(
        {
            "apiVersion": "autoscaling/v1",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web", "namespace": namespace},
            "spec": spec,
        }
    )
    shown = client.get("autoscaling/v2", "HorizontalPodAutoscaler", "web", namespace)
    assert shown["spec"]["metrics"] == [CPU]
    again = client.get("autoscaling/v1", "HorizontalPodAutoscaler", "web", namespace)
    assert again["spec"]["targetCPUUtilizationPercentage"] == 50


@pytest.mark.parametrize("metrics", [[], [CPU], [CPU, MEMORY], [MEMORY]])
def test_nothing_is_lost_on_the_way_there_and_back(metrics: list[Object]) -> None:
    spec: Object = {"scaleTargetRef": TARGET, "minReplicas": 1, "maxReplicas": 3}
    if metrics:
        spec["metrics"] = metrics
    spec["behavior"] = {"scaleDown": {"stabilizationWindowSeconds": 60}}
    conditions = [{"type": "AbleToScale", "status": "True"}]
    status = {"currentReplicas": 2, "desiredReplicas": 2, "conditions": conditions}
    stored = {"metadata": {"name": "web"}, "spec": spec, "status": status}
    conversion = AutoscalerV1()
    assert conversion.inward(conversion.outward(stored)) == stored

from typing import Any

from gitops_lab.kube.objects import Object, condition_of
from tests.waiting import eventually

from .cluster import Cluster
from .workloads import create_deployment, web


def create(cluster: Cluster, name: str = "web", **spec: Any) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    asked = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 5, **spec}
    return cluster.create("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec=asked)


def scaler(cluster: Cluster) -> Object:
    return cluster.get("autoscaling/v2", "HorizontalPodAutoscaler", "web")


def reason(cluster: Cluster, kind: str) -> str:
    return str((condition_of(scaler(cluster), kind) or {}).get("reason", ""))


def test_a_size_out_of_bounds_is_brought_back_at_once(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=1)
    create(cluster, minReplicas=3)
    eventually(lambda: web(cluster)["spec"]["replicas"] == 3)
    eventually(lambda: reason(cluster, "AbleToScale") == "SucceededRescale")
    eventually(
        lambda: (
            cluster.messages("SuccessfulRescale")
            == ["New size: 3; reason: Current number of replicas below Spec.MinReplicas"]
        )
    )
    assert scaler(cluster)["status"]["desiredReplicas"] == 3
    assert scaler(cluster)["status"]["lastScaleTime"]


def test_without_metrics_nothing_is_scaled(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=2)
    create(cluster)
    eventually(lambda: reason(cluster, "ScalingActive") == "FailedGetResourceMetric")
    (message,) = set(eventually(lambda: cluster.messages("FailedGetResourceMetric")))
    assert message.startswith(
        "failed to get cpu utilization: unable to get metrics for resource cpu: "
    )
    assert web(cluster)["spec"]["replicas"] == 2


def test_a_target_that_is_not_there_is_said(cluster: Cluster) -> None:
    create(cluster, name="none-such")
    eventually(lambda: reason(cluster, "AbleToScale") == "FailedGetScale")


def test_a_target_of_size_zero_is_left_alone(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=0)
    create(cluster)
    eventually(lambda: reason(cluster, "ScalingActive") == "ScalingDisabled")
    assert web(cluster)["spec"]["replicas"] == 0

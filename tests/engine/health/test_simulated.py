from gitops_lab.engine.health import HealthStatus, assess
from gitops_lab.kube.objects import Object


def pod(**annotations: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "annotations": annotations},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    }


def test_a_simulated_pod_is_healthy_and_said_to_be_simulated() -> None:
    health = assess(pod(**{"gitops-lab.dev/simulated": "true"}))
    assert health is not None
    assert health.status is HealthStatus.HEALTHY
    assert health.message.startswith("simulated")


def test_another_pod_is_healthy_without_more_words() -> None:
    health = assess(pod())
    assert health is not None
    assert health.message == ""

from typing import Any

from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.objects import Object, annotations_of, condition_of
from tests.waiting import eventually

from .cluster import Cluster


def create(cluster: Cluster, **spec: Any) -> Object:
    containers = [{"name": "sum", "image": "gitops-lab/web:1.0"}]
    template = {"spec": {"restartPolicy": "Never", "containers": containers}}
    return cluster.create("batch/v1", "Job", "sum", spec={"template": template, **spec})


def job(cluster: Cluster) -> Object:
    return cluster.get("batch/v1", "Job", "sum")


def reason(cluster: Cluster, kind: str) -> str:
    condition = condition_of(job(cluster), kind) or {}
    return str(condition.get("reason", "")) if condition.get("status") == "True" else ""


def test_a_job_runs_until_enough_pods_have_succeeded(cluster: Cluster) -> None:
    cluster.kubelet.ends_as = lambda pod: "Succeeded"
    create(cluster, completions=3, parallelism=2)
    eventually(lambda: reason(cluster, "Complete") == "CompletionsReached")
    status = job(cluster)["status"]
    assert (status["succeeded"], status.get("active", 0), status.get("failed", 0)) == (3, 0, 0)
    assert status["completionTime"]
    assert not any(pod["metadata"].get("finalizers") for pod in cluster.every("v1", "Pod"))
    eventually(lambda: cluster.messages("Completed") == ["Job completed"])
    assert len(cluster.messages("SuccessfulCreate")) == 3


def test_a_job_fails_beyond_its_backoff_limit(cluster: Cluster) -> None:
    cluster.kubelet.ends_as = lambda pod: "Failed"
    create(cluster, backoffLimit=0)
    eventually(lambda: reason(cluster, "Failed") == "BackoffLimitExceeded")
    assert job(cluster)["status"]["failed"] == 1
    eventually(lambda: len(cluster.messages("BackoffLimitExceeded")) == 1)


def test_each_index_is_done_once(cluster: Cluster) -> None:
    cluster.kubelet.ends_as = lambda pod: "Succeeded"
    create(cluster, completions=4, parallelism=4, completionMode="Indexed")
    eventually(lambda: reason(cluster, "Complete"))
    assert job(cluster)["status"]["completedIndexes"] == "0-3"
    done = [
        annotations_of(pod)["batch.kubernetes.io/job-completion-index"]
        for pod in cluster.every("v1", "Pod")
    ]
    assert sorted(done) == ["0", "1", "2", "3"]


def test_a_suspended_job_has_no_pods_until_it_is_resumed(cluster: Cluster) -> None:
    held = create(cluster, suspend=True)
    eventually(lambda: reason(cluster, "Suspended") == "JobSuspended")
    assert not cluster.every("v1", "Pod")
    cluster.client.patch(held, {"spec": {"suspend": False}}, content_type=MERGE_PATCH)
    eventually(lambda: len(cluster.pods()) == 1)
    eventually(lambda: not reason(cluster, "Suspended"))


def test_a_finished_job_is_deleted_when_its_time_is_up(cluster: Cluster) -> None:
    cluster.kubelet.ends_as = lambda pod: "Succeeded"
    create(cluster, ttlSecondsAfterFinished=0)
    eventually(lambda: cluster.is_gone("batch/v1", "Job", "sum"))
    eventually(lambda: not cluster.every("v1", "Pod"))


def test_the_pods_of_a_deleted_job_go_with_it(cluster: Cluster) -> None:
    create(cluster, completions=2, parallelism=2)
    eventually(lambda: len(cluster.pods()) == 2)
    cluster.client.delete("batch/v1", "Job", "sum", cluster.namespace)
    eventually(lambda: not cluster.every("v1", "Pod"))

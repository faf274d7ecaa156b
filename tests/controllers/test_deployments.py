from gitops_lab.controllers.deployment.revision import new_replica_set
from gitops_lab.kube.objects import Object, annotations_of, condition_of, labels_of
from tests.waiting import eventually

from .cluster import Cluster
from .workloads import create_deployment, is_complete, patch, set_image, web


def sets(cluster: Cluster) -> dict[str, Object]:
    """The ReplicaSets by revision."""
    every = cluster.every("apps/v1", "ReplicaSet")
    return {annotations_of(one)["deployment.kubernetes.io/revision"]: one for one in every}


def reason(cluster: Cluster, kind: str) -> str:
    return str((condition_of(web(cluster), kind) or {}).get("reason", ""))


def test_a_deployment_makes_its_pods_and_tells_of_it(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=3)
    eventually(lambda: is_complete(cluster, 3))
    (one,) = cluster.every("apps/v1", "ReplicaSet")
    digest = labels_of(one)["pod-template-hash"]
    assert one["metadata"]["name"] == f"web-{digest}"
    pods = cluster.pods()
    assert len(pods) == 3
    assert all(pod["metadata"]["name"].startswith(f"web-{digest}-") for pod in pods)
    eventually(lambda: reason(cluster, "Progressing") == "NewReplicaSetAvailable")
    assert reason(cluster, "Available") == "MinimumReplicasAvailable"
    assert annotations_of(web(cluster))["deployment.kubernetes.io/revision"] == "1"
    eventually(
        lambda: (
            cluster.messages("ScalingReplicaSet")
            == [f"Scaled up replica set web-{digest} from 0 to 3"]
        )
    )
    eventually(lambda: len(cluster.messages("SuccessfulCreate")) == 3)


def test_a_new_image_rolls_out_without_going_below_the_minimum(cluster: Cluster) -> None:
    limits = {"maxSurge": 1, "maxUnavailable": 0}
    create_deployment(
        cluster, replicas=3, strategy={"type": "RollingUpdate", "rollingUpdate": limits}
    )
    eventually(lambda: is_complete(cluster, 3))
    set_image(cluster, "gitops-lab/web:1.1")
    eventually(lambda: is_complete(cluster, 3))
    both = sets(cluster)
    assert [both[n]["spec"]["replicas"] for n in ("1", "2")] == [0, 3]
    eventually(lambda: len(cluster.messages("ScalingReplicaSet")) == 7)


def test_a_release_that_never_gets_ready_leaves_the_old_pods(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=2, progressDeadlineSeconds=2)
    eventually(lambda: is_complete(cluster, 2))
    cluster.kubelet.is_ready = lambda pod: pod["spec"]["containers"][0]["image"] != "bad"
    set_image(cluster, "bad")
    eventually(lambda: reason(cluster, "Progressing") == "ProgressDeadlineExceeded")
    assert reason(cluster, "Available") == "MinimumReplicasAvailable"
    assert web(cluster)["status"]["availableReplicas"] == 2
    set_image(cluster, "gitops-lab/web:1.0")
    eventually(lambda: is_complete(cluster, 2))
    rolled_back = sets(cluster)["3"]
    assert annotations_of(rolled_back)["deployment.kubernetes.io/revision-history"] == "1"
    assert annotations_of(web(cluster))["deployment.kubernetes.io/revision"] == "3"


def test_recreate_waits_for_the_last_old_pod(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=2, strategy={"type": "Recreate"})
    eventually(lambda: is_complete(cluster, 2))
    cluster.kubelet.lets_go = lambda pod: False
    set_image(cluster, "gitops-lab/web:1.1")
    eventually(lambda: not cluster.pods())
    assert len(cluster.every("apps/v1", "ReplicaSet")) == 1
    cluster.kubelet.lets_go = lambda pod: True
    cluster.kubelet.look_again()
    eventually(lambda: is_complete(cluster, 2))
    assert len(cluster.pods()) == 2


def test_a_paused_deployment_scales_but_does_not_roll_out(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=1)
    eventually(lambda: is_complete(cluster, 1))
    patch(cluster, {"spec": {"paused": True}})
    eventually(lambda: reason(cluster, "Progressing") == "DeploymentPaused")
    set_image(cluster, "gitops-lab/web:1.1")
    patch(cluster, {"spec": {"replicas": 3}})
    eventually(lambda: len(cluster.pods()) == 3)
    assert len(cluster.every("apps/v1", "ReplicaSet")) == 1
    patch(cluster, {"spec": {"paused": False}})
    eventually(lambda: is_complete(cluster, 3))
    assert sorted(sets(cluster)) == ["1", "2"]


def test_old_sets_beyond_the_history_limit_are_deleted(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=1, revisionHistoryLimit=1)
    for number in range(3):
        set_image(cluster, f"gitops-lab/web:1.{number}")
        eventually(lambda: is_complete(cluster, 1))
    eventually(lambda: sorted(sets(cluster)) == ["2", "3"])


def test_a_rollout_is_overtaken_by_the_next_one(cluster: Cluster) -> None:
    cluster.kubelet.is_ready = lambda pod: pod["spec"]["containers"][0]["image"] != "bad"
    create_deployment(cluster, replicas=2)
    eventually(lambda: is_complete(cluster, 2))
    set_image(cluster, "bad")
    eventually(lambda: len(cluster.pods()) == 3)
    set_image(cluster, "gitops-lab/web:2.0")
    eventually(lambda: is_complete(cluster, 2))
    assert {p["spec"]["containers"][0]["image"] for p in cluster.pods()} == {"gitops-lab/web:2.0"}


def test_annotations_of_the_deployment_go_to_its_set(cluster: Cluster) -> None:
    create_deployment(cluster, replicas=1)
    eventually(lambda: is_complete(cluster, 1))
    patch(cluster, {"metadata": {"annotations": {"kubernetes.io/change-cause": "a try"}}})
    eventually(lambda: annotations_of(sets(cluster)["1"]).get("kubernetes.io/change-cause"))


def test_a_name_that_is_taken_leads_to_another_hash(cluster: Cluster) -> None:
    taken = new_replica_set(create_deployment(cluster, replicas=1, paused=True), 1)
    del taken["metadata"]["ownerReferences"]
    labels = {"app": "other"}
    taken["spec"]["selector"] = {"matchLabels": labels}
    taken["spec"]["template"]["metadata"] = {"labels": labels}
    taken["metadata"]["labels"] = labels
    cluster.client.create(taken)
    patch(cluster, {"spec": {"paused": False}})
    eventually(lambda: is_complete(cluster, 1))
    assert web(cluster)["status"]["collisionCount"] == 1
    assert len(cluster.owned("apps/v1", "ReplicaSet", web(cluster))) == 1

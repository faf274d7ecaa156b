from typing import Any

import pytest

from gitops_lab.kube import MERGE_PATCH
from gitops_lab.kube.objects import Object, controller_of, labels_of, name_of, uid_of
from tests.waiting import eventually

from .cluster import Cluster
from .workloads import LABELS, template

CLAIM = {
    "metadata": {"name": "data"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "manual",
    },
}


def create(cluster: Cluster, replicas: int = 3, **spec: Any) -> Object:
    asked = {
        "replicas": replicas,
        "serviceName": "web",
        "selector": {"matchLabels": LABELS},
        "template": template(),
        **spec,
    }
    return cluster.create("apps/v1", "StatefulSet", "web", spec=asked)


def status(cluster: Cluster) -> Object:
    return cluster.get("apps/v1", "StatefulSet", "web").get("status") or {}


def names(cluster: Cluster) -> list[str]:
    return sorted(name_of(pod) for pod in cluster.pods())


def images(cluster: Cluster) -> dict[str, str]:
    return {name_of(p): p["spec"]["containers"][0]["image"] for p in cluster.pods()}


def change(cluster: Cluster, spec: Object) -> None:
    one = cluster.get("apps/v1", "StatefulSet", "web")
    cluster.client.patch(one, {"spec": spec}, content_type=MERGE_PATCH)


def set_image(cluster: Cluster, image: str) -> None:
    change(cluster, {"template": template(image)})


def is_complete(cluster: Cluster, replicas: int) -> bool:
    held = cluster.get("apps/v1", "StatefulSet", "web")
    state, generation = held["status"], held["metadata"]["generation"]
    counters = ("replicas", "readyReplicas", "updatedReplicas", "availableReplicas")
    is_current = state.get("currentRevision") == state.get("updateRevision")
    return (
        {state.get(name, 0) for name in counters} == {replicas}
        and is_current
        and state.get("observedGeneration") == generation
    )


def test_pods_come_one_after_the_other_with_names_of_their_own(cluster: Cluster) -> None:
    ready: set[str] = set()
    cluster.kubelet.is_ready = lambda pod: name_of(pod) in ready
    create(cluster)
    for number in range(3):
        wanted = [f"web-{n}" for n in range(number + 1)]
        eventually(lambda wanted=wanted: names(cluster) == wanted)  # type: ignore[misc]
        eventually(
            lambda number=number: status(cluster).get("replicas") == number + 1  # type: ignore[misc]
        )
        ready.add(f"web-{number}")
        cluster.kubelet.look_again()
    eventually(lambda: is_complete(cluster, 3))
    pod = cluster.get("v1", "Pod", "web-1")
    revision = status(cluster)["currentRevision"]
    assert labels_of(pod) == {
        **LABELS,
        "apps.kubernetes.io/pod-index": "1",
        "statefulset.kubernetes.io/pod-name": "web-1",
        "controller-revision-hash": revision,
    }
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("web-1", "web")
    eventually(
        lambda: (
            cluster.messages("SuccessfulCreate")[0]
            == "Create Pod web-0 in StatefulSet web successful"
        )
    )


def test_parallel_pods_come_at_once(cluster: Cluster) -> None:
    cluster.kubelet.is_ready = lambda pod: False
    create(cluster, podManagementPolicy="Parallel", ordinals={"start": 5})
    eventually(lambda: names(cluster) == ["web-5", "web-6", "web-7"])


def test_pods_go_from_the_last_number_down(cluster: Cluster) -> None:
    create(cluster)
    eventually(lambda: is_complete(cluster, 3))
    cluster.kubelet.lets_go = lambda pod: False
    change(cluster, {"replicas": 1})
    eventually(lambda: names(cluster) == ["web-0", "web-1"])
    eventually(lambda: status(cluster).get("observedGeneration") == 2)
    assert names(cluster) == ["web-0", "web-1"]
    cluster.kubelet.lets_go = lambda pod: True
    cluster.kubelet.look_again()
    eventually(lambda: is_complete(cluster, 1))
    assert names(cluster) == ["web-0"]


def test_a_deleted_pod_comes_back_under_its_name(cluster: Cluster) -> None:
    create(cluster, 2)
    eventually(lambda: is_complete(cluster, 2))
    before = uid_of(cluster.get("v1", "Pod", "web-0"))
    cluster.client.delete("v1", "Pod", "web-0", cluster.namespace)
    eventually(lambda: uid_of(cluster.get("v1", "Pod", "web-0")) != before)
    eventually(lambda: is_complete(cluster, 2))


def test_a_new_template_replaces_pods_down_to_the_partition(cluster: Cluster) -> None:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    create(cluster, updateStrategy=rolling)
    eventually(lambda: is_complete(cluster, 3))
    old = status(cluster)["currentRevision"]
    set_image(cluster, "gitops-lab/web:1.1")
    eventually(lambda: images(cluster).get("web-2") == "gitops-lab/web:1.1")
    eventually(lambda: status(cluster).get("updatedReplicas") == 1)
    eventually(lambda: status(cluster).get("readyReplicas") == 3)
    held = status(cluster)
    assert held["currentRevision"] == old != held["updateRevision"]
    assert held["currentReplicas"] == 2
    change(cluster, {"updateStrategy": {"rollingUpdate": {"partition": 0}}})
    eventually(lambda: is_complete(cluster, 3))
    assert set(images(cluster).values()) == {"gitops-lab/web:1.1"}


def test_on_delete_leaves_the_update_to_whoever_deletes(cluster: Cluster) -> None:
    create(cluster, 2, updateStrategy={"type": "OnDelete"})
    eventually(lambda: is_complete(cluster, 2))
    set_image(cluster, "gitops-lab/web:1.1")
    eventually(lambda: status(cluster).get("updateRevision") != status(cluster)["currentRevision"])
    assert set(images(cluster).values()) == {"gitops-lab/web:1.0"}
    cluster.client.delete("v1", "Pod", "web-1", cluster.namespace)
    eventually(lambda: images(cluster).get("web-1") == "gitops-lab/web:1.1")
    assert images(cluster)["web-0"] == "gitops-lab/web:1.0"


def test_going_back_takes_the_old_revision_up_again(cluster: Cluster) -> None:
    create(cluster, 1, revisionHistoryLimit=1)
    eventually(lambda: is_complete(cluster, 1))
    first = status(cluster)["currentRevision"]
    for image in ("gitops-lab/web:1.1", "gitops-lab/web:1.0"):
        set_image(cluster, image)
        eventually(
            lambda image=image: images(cluster).get("web-0") == image  # type: ignore[misc]
        )
        eventually(lambda: is_complete(cluster, 1))
    assert status(cluster)["currentRevision"] == first
    revisions = cluster.every("apps/v1", "ControllerRevision")
    assert sorted((one["revision"], name_of(one) == first) for one in revisions) == [
        (2, False),
        (3, True),
    ]


def claims(cluster: Cluster) -> dict[str, Object]:
    return {name_of(one): one for one in cluster.every("v1", "PersistentVolumeClaim")}


def test_each_pod_has_claims_that_stay_when_it_goes(cluster: Cluster) -> None:
    create(cluster, 2, volumeClaimTemplates=[CLAIM])
    eventually(lambda: is_complete(cluster, 2))
    assert sorted(claims(cluster)) == ["data-web-0", "data-web-1"]
    assert labels_of(claims(cluster)["data-web-0"]) == LABELS
    volume = cluster.get("v1", "Pod", "web-1")["spec"]["volumes"][0]
    assert volume["persistentVolumeClaim"] == {"claimName": "data-web-1"}
    change(cluster, {"replicas": 0})
    eventually(lambda: is_complete(cluster, 0))
    assert sorted(claims(cluster)) == ["data-web-0", "data-web-1"]
    eventually(
        lambda: (
            "Create Claim data-web-0 Pod web-0 in StatefulSet web success"
            in cluster.messages("SuccessfulCreate")
        )
    )


def test_claims_go_with_their_pod_where_the_policy_says_so(cluster: Cluster) -> None:
    policy = {"whenScaled": "Delete", "whenDeleted": "Delete"}
    one = create(
        cluster,
        2,
        volumeClaimTemplates=[CLAIM],
        persistentVolumeClaimRetentionPolicy=policy,
    )
    eventually(lambda: is_complete(cluster, 2))

    def owners() -> set[str | None]:
        return {(controller_of(claim) or {}).get("uid") for claim in claims(cluster).values()}

    eventually(lambda: owners() == {uid_of(one)})
    change(cluster, {"replicas": 1})
    eventually(lambda: sorted(claims(cluster)) == ["data-web-0"])
    cluster.client.delete("apps/v1", "StatefulSet", "web", cluster.namespace)
    eventually(lambda: not claims(cluster))


@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
def test_a_failed_pod_is_replaced(cluster: Cluster, policy: str) -> None:
    create(cluster, 1, podManagementPolicy=policy)
    eventually(lambda: is_complete(cluster, 1))
    pod = cluster.get("v1", "Pod", "web-0")
    failed = {"status": {"phase": "Failed"}}
    cluster.client.patch(pod, failed, content_type=MERGE_PATCH, subresource="status")
    eventually(lambda: uid_of(cluster.get("v1", "Pod", "web-0")) != uid_of(pod))
    eventually(lambda: is_complete(cluster, 1))

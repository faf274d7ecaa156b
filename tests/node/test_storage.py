"""Volumes that outlive pods: claims bound before their pod, folders kept until the claim goes."""

import pytest

from gitops_lab.kube import Object
from gitops_lab.kube.objects import condition_of
from gitops_lab.node.storage import Storage
from tests.node.cluster import Space, shell
from tests.waiting import eventually

VOLUMES = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
MOUNTS = {"volumeMounts": [{"name": "data", "mountPath": "/data"}]}


def claim(space: Space, **spec: object) -> None:
    asked = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        **spec,
    }
    space.create("v1", "PersistentVolumeClaim", "data", spec=asked)


def run(space: Space, name: str, script: str) -> None:
    container = shell(script, **MOUNTS)
    space.pod(name, containers=[container], volumes=VOLUMES, restartPolicy="Never")
    eventually(lambda: space.status(name).get("phase") == "Succeeded")


def scheduled(space: Space, name: str) -> Object:
    return condition_of(space.get(name), "PodScheduled") or {}


def test_what_a_pod_writes_is_there_for_the_next_one_and_goes_with_the_claim(space: Space) -> None:
    claim(space)
    run(space, "first", 'echo kept > "$GITOPS_LAB_MOUNT_ROOT/data/note"')
    space.client.delete("v1", "Pod", "first", space.name)
    run(space, "second", 'cat "$GITOPS_LAB_MOUNT_ROOT/data/note"')
    assert space.kubectl("logs", "second").stdout == "kept\n"
    volume = space.get("data", "PersistentVolumeClaim")["spec"]["volumeName"]
    folder = space.cluster.folder / "node" / "volumes" / volume
    assert (folder / "note").read_text() == "kept\n"
    space.client.delete("v1", "Pod", "second", space.name)
    space.client.delete("v1", "PersistentVolumeClaim", "data", space.name)
    eventually(lambda: not folder.exists())


def test_a_pod_waits_for_a_claim_that_is_not_there(space: Space) -> None:
    space.pod("early", containers=[shell("true", **MOUNTS)], volumes=VOLUMES, restartPolicy="Never")
    message = '0/1 nodes are available: persistentvolumeclaim "data" not found.'
    eventually(lambda: scheduled(space, "early").get("message") == message)
    claim(space)
    eventually(lambda: space.status("early").get("phase") == "Succeeded")


def test_a_pod_is_not_scheduled_while_nothing_can_be_bound(space: Space) -> None:
    claim(space, storageClassName="none-such")
    space.pod("stuck", containers=[shell("true", **MOUNTS)], volumes=VOLUMES)
    message = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    eventually(lambda: scheduled(space, "stuck").get("message") == message)


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc", "."])
def test_a_volume_is_one_folder_below_the_root(name: str, storage: Storage) -> None:
    with pytest.raises(ValueError, match="not a name of a volume"):
        storage.folder(name)


@pytest.fixture
def storage(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    return Storage(tmp_path_factory.mktemp("volumes"))

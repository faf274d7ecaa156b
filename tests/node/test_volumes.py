"""Volumes as folders: right files, replaced all at once, and no way out of the pod's folder."""

import base64
import os
from pathlib import Path

import pytest

from gitops_lab.kube import Object
from gitops_lab.node.pods.downward import PodAddress
from gitops_lab.node.pods.volumes import (
    File,
    MountError,
    VolumeSources,
    files_of,
    mount,
    write_files,
)
from tests.node.cluster import Space, shell, web
from tests.waiting import eventually

POD: Object = {
    "metadata": {"name": "web-0", "namespace": "shop", "uid": "u", "labels": {"tier": "front"}},
    "spec": {"containers": [{"name": "web", "resources": {"limits": {"memory": "64Mi"}}}]},
}


def files(volume: Object, **objects: Object | None) -> dict[str, bytes]:
    found = {("Secret" if k == "secret" else "ConfigMap", "web"): v for k, v in objects.items()}
    sources = VolumeSources(found, PodAddress("127.100.0.1", "127.0.0.1"), {})
    return {path: file.content for path, file in files_of(POD, volume, sources).items()}


CONFIG = {"data": {"a": "1", "b": "2"}, "binaryData": {"c": base64.b64encode(b"\xff").decode()}}


def test_a_config_map_is_its_keys_or_the_items_named() -> None:
    assert files({"configMap": {"name": "web"}}, config=CONFIG) == {
        "a": b"1",
        "b": b"2",
        "c": b"\xff",
    }
    chosen = {"configMap": {"name": "web", "items": [{"key": "a", "path": "deep/er"}]}}
    assert files(chosen, config=CONFIG) == {"deep/er": b"1"}


def test_a_secret_is_decoded() -> None:
    secret = {"data": {"password": base64.b64encode(b"s3cret").decode()}}
    assert files({"secret": {"secretName": "web"}}, secret=secret) == {"password": b"s3cret"}


def test_downward_files_tell_of_the_pod() -> None:
    items = [
        {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
        {
            "path": "memory",
            "resourceFieldRef": {
                "resource": "limits.memory",
                "containerName": "web",
                "divisor": "1Mi",
            },
        },
    ]
    volume = {"projected": {"sources": [{"downwardAPI": {"items": items}}]}}
    assert files(volume) == {"labels": b'tier="front"', "memory": b"64"}


@pytest.mark.parametrize(
    ("volume", "message"),
    [
        ({"configMap": {"name": "web"}}, 'configmap "web" not found'),
        ({"secret": {"secretName": "web"}}, 'secret "web" not found'),
    ],
)
def test_a_missing_object_is_told_unless_it_is_optional(volume: Object, message: str) -> None:
    absent: dict[str, None] = {"config": None, "secret": None}
    with pytest.raises(MountError, match=message):
        files(volume, **absent)
    source = next(iter(volume.values()))
    assert files({next(iter(volume)): {**source, "optional": True}}, **absent) == {}


def test_a_missing_key_is_told() -> None:
    volume = {"configMap": {"name": "web", "items": [{"key": "z", "path": "z"}]}}
    with pytest.raises(MountError, match="references non-existent config key: z"):
        files(volume, config=CONFIG)


@pytest.mark.parametrize("path", ["../out", "/etc/passwd", "a/../../out", "..data", ""])
def test_a_path_of_an_item_cant_lead_out(path: str) -> None:
    volume = {"configMap": {"name": "web", "items": [{"key": "a", "path": path}]}}
    with pytest.raises(MountError):
        files(volume, config=CONFIG)


def test_files_are_replaced_all_at_once_and_old_ones_go(tmp_path: Path) -> None:
    folder = tmp_path / "volume"
    assert write_files(folder, {"a": File(b"1"), "sub/b": File(b"2", 0o400)})
    first = os.readlink(folder / "..data")
    assert (folder / "a").read_bytes() == b"1"
    assert (folder / "sub" / "b").stat().st_mode & 0o777 == 0o400
    assert not write_files(folder, {"a": File(b"1"), "sub/b": File(b"2", 0o400)})
    assert os.readlink(folder / "..data") == first
    assert write_files(folder, {"a": File(b"3")})
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith("..")) == ["a"]
    assert not (folder / first).exists()


def test_mounts_are_links_into_the_volumes(tmp_path: Path) -> None:
    volumes, root = tmp_path / "volumes", tmp_path / "root"
    write_files(volumes / "config", {"app.conf": File(b"x"), "other": File(b"y")})
    (volumes / "data").mkdir()
    root.mkdir()
    mounts = [
        {"name": "config", "mountPath": "/etc/app"},
        {"name": "config", "mountPath": "/opt/app.conf", "subPath": "app.conf"},
        {"name": "data", "mountPath": "/var/lib", "subPath": "part"},
    ]
    mount(root, volumes, mounts)
    assert (root / "etc/app/app.conf").read_bytes() == b"x"
    write_files(volumes / "config", {"app.conf": File(b"new")})
    assert (root / "etc/app/app.conf").read_bytes() == b"new"
    assert (root / "opt/app.conf").read_bytes() == b"x"  # a subPath isn't updated, as in life
    (root / "var/lib/file").write_text("kept")
    assert (volumes / "data/part/file").read_text() == "kept"
    mount(root, volumes, mounts)  # a restart


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "data", "mountPath": "/../../out"},
        {"name": "data", "mountPath": "/"},
        {"name": "data", "mountPath": "/a", "subPath": "../../out"},
        {"name": "data", "mountPath": "/a", "subPath": "/etc"},
        {"name": "data", "mountPath": "/a", "subPath": "link/x"},
        {"name": "data", "mountPath": "/escape/x"},
    ],
)
def test_a_mount_cant_lead_out_of_the_pod(tmp_path: Path, bad: Object) -> None:
    volumes, root, outside = tmp_path / "volumes", tmp_path / "root", tmp_path / "outside"
    for folder in (volumes / "data", root, outside):
        folder.mkdir(parents=True)
    (volumes / "data/link").symlink_to(outside)
    (root / "escape").symlink_to(outside)
    with pytest.raises(MountError):
        mount(root, volumes, [bad])
    assert list(outside.iterdir()) == []


def config_map(space: Space, **data: str) -> None:
    space.create("v1", "ConfigMap", "web", data=data)


def change(space: Space, **data: str) -> None:
    space.client.patch(space.get("web", "ConfigMap"), {"data": data})


MOUNTED = {"volumeMounts": [{"name": "config", "mountPath": "/etc/web"}]}
VOLUMES = [{"name": "config", "configMap": {"name": "web"}}]


def test_a_changed_config_map_reaches_a_running_pod(space: Space) -> None:
    config_map(space, message="first")
    space.pod(containers=[web(**MOUNTED)], volumes=VOLUMES)
    pod = space.until_ready()
    folder = space.cluster.folder / "node" / "pods" / pod["metadata"]["uid"]
    shown = folder / "containers/web/etc/web/message"
    assert shown.read_text() == "first"
    change(space, message="second")
    eventually(lambda: shown.read_text() == "second")


def test_a_pod_waits_for_a_volume_and_starts_when_it_comes(space: Space) -> None:
    space.pod(containers=[web(**MOUNTED)], volumes=VOLUMES)
    message = 'MountVolume.SetUp failed for volume "config" : configmap "web" not found'
    eventually(lambda: ("FailedMount", message) in space.events("web"))
    creating = {"waiting": {"reason": "ContainerCreating"}}
    eventually(lambda: space.container()["state"] == creating)
    config_map(space, message="here")
    space.until_ready()


def test_a_missing_variable_source_is_a_config_error_until_it_comes(space: Space) -> None:
    source = {"configMapKeyRef": {"name": "web", "key": "message"}}
    space.pod(containers=[web(env=[{"name": "MESSAGE", "valueFrom": source}])])
    wanted = {"reason": "CreateContainerConfigError", "message": 'configmap "web" not found'}
    eventually(lambda: space.container()["state"].get("waiting") == wanted)
    eventually(lambda: ("Failed", 'Error: configmap "web" not found') in space.events("web"))
    config_map(space, other="x")
    missing = f"couldn't find key message in ConfigMap {space.name}/web"
    eventually(lambda: space.container()["state"]["waiting"]["message"] == missing)
    change(space, message="hello")
    space.until_ready()


def test_the_environment_is_clean_and_as_declared(space: Space) -> None:
    secret = {"password": base64.b64encode(b"s3cret").decode()}
    space.create("v1", "Secret", "keys", data=secret)
    config_map(space, COLOUR="teal")
    declared = [
        {"name": "WHO", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "password"}}},
        {"name": "BOTH", "value": "$(WHO)-$(COLOUR)-$(NOTHING)"},
    ]
    env_from = [{"configMapRef": {"name": "web"}}]
    space.pod(containers=[shell("env", env=declared, envFrom=env_from)], restartPolicy="Never")
    eventually(lambda: space.status().get("phase") == "Succeeded")
    lines = space.kubectl("logs", "web").stdout.splitlines()
    found = dict(line.split("=", 1) for line in lines)
    assert found["SECRET"] == "s3cret"
    assert found["BOTH"] == "web-teal-$(NOTHING)"
    assert found["HOSTNAME"] == "web"
    assert not set(found) & {"PYTEST_CURRENT_TEST", "USER", "VIRTUAL_ENV"}

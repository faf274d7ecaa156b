"""Phases and waves: the next one begins when the one before it is healthy; prune goes backwards."""

from typing import Any

import pytest

from gitops_lab.kube import Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.yamls import dump, load
from tests.engine.world import KUBECONFIG, World, config_yaml
from tests.waiting import eventually

WAVE = "gitops-lab.dev/wave"


def annotated(text: str, **annotations: str) -> str:
    obj = load(text)
    names = {key.replace("__", "-"): value for key, value in annotations.items()}
    obj["metadata"]["annotations"] = {f"gitops-lab.dev/{k}": v for k, v in names.items()}
    return dump(obj)


def job_yaml(name: str, **annotations: str) -> str:
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "none"}]}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}}
    return annotated(dump({**job, "spec": {"template": {"spec": pod}}}), **annotations)


def job(world: World, name: str) -> Object | None:
    return found(world, "batch/v1", "Job", name)


def found(world: World, api_version: str, kind: str, name: str) -> Object | None:
    try:
        return world.client.get(api_version, kind, name, world.namespace)
    except NotFound:
        return None


def claim_yaml(name: str) -> str:
    """Something that may get unwell after it was well, as a Job that has ended may not."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}}
    return dump({**claim, "spec": spec})


def settle(world: World, name: str, phase: str) -> None:
    """What the volumes' controller would write: Bound is healthy, Lost is not."""
    skip_beside_controllers()
    kind = ("v1", "PersistentVolumeClaim")
    obj = eventually(lambda: found(world, *kind, name))
    assert obj is not None
    world.client.patch(obj, {"status": {"phase": phase}}, subresource="status")


def skip_beside_controllers() -> None:
    if KUBECONFIG:
        pytest.skip("a controller of the cluster's own looks after this kind")


def finish(world: World, name: str, result: str = "Complete") -> Object:
    """What the Job's controller would write."""
    skip_beside_controllers()
    obj = eventually(lambda: job(world, name))
    assert obj is not None
    stamp = "2026-01-01T00:00:00Z"
    status: dict[str, Any] = {"startTime": stamp}
    kinds = (
        ["SuccessCriteriaMet", "Complete"] if result == "Complete" else ["FailureTarget", "Failed"]
    )
    status["conditions"] = [
        {
            "type": kind,
            "status": "True",
            "reason": "BackoffLimitExceeded" if result == "Failed" else "CompletionsReached",
            "message": "it ended so",
            "lastTransitionTime": stamp,
            "lastProbeTime": stamp,
        }
        for kind in kinds
    ]
    if result == "Complete":
        status |= {"completionTime": stamp, "succeeded": 1}
    else:
        status |= {"failed": 1}
    return world.client.patch(obj, {"status": status}, subresource="status")


def test_a_wave_begins_when_the_one_before_it_is_healthy(world: World) -> None:
    world.repo(
        {
            "a.yaml": job_yaml("first"),
            "b.yaml": annotated(config_yaml("second"), wave="1"),
            "c.yaml": annotated(config_yaml("third"), wave="2"),
        }
    )
    world.app()
    view = world.until(lambda view: "Now: wave 0" in view.status.message)
    assert view.status.reason == "Syncing"
    assert not world.has_config_map("second")

    finish(world, "first")

    world.until_synced()
    second, third = (world.config_map(name)["metadata"] for name in ("second", "third"))
    assert int(second["resourceVersion"]) < int(third["resourceVersion"])


def test_negative_waves_come_first(world: World) -> None:
    world.repo(
        {
            "a.yaml": annotated(config_yaml("early"), wave="-5"),
            "b.yaml": config_yaml("late"),
        }
    )
    world.app()
    world.until_synced()

    early, late = (world.config_map(name)["metadata"] for name in ("early", "late"))
    assert int(early["resourceVersion"]) < int(late["resourceVersion"])


def test_a_wave_that_fails_ends_the_sync_and_names_what_is_wrong(world: World) -> None:
    world.repo({"a.yaml": job_yaml("first"), "b.yaml": annotated(config_yaml("second"), wave="1")})
    world.app()
    finish(world, "first", "Failed")

    view = world.until_reason("WaveUnhealthy")

    assert "wave 0 is not healthy: batch/Job" in view.status.message
    assert "What comes after it was not begun." in view.status.message
    assert not world.has_config_map("second")


def test_a_wave_that_does_not_get_healthy_in_time_says_so(world: World) -> None:
    world.repo({"a.yaml": job_yaml("first"), "b.yaml": annotated(config_yaml("second"), wave="1")})
    world.app(timeoutSeconds=1)

    view = world.until_reason("WaveTimeout")

    assert "not healthy after 1 s" in view.status.message


def test_a_newer_commit_ends_the_wait_for_a_wave(world: World) -> None:
    world.repo({"a.yaml": job_yaml("first"), "b.yaml": annotated(config_yaml("second"), wave="1")})
    world.app()
    eventually(lambda: job(world, "first"))

    sha = world.commit({"a.yaml": None})

    world.until_synced(sha)
    assert world.has_config_map("second")
    eventually(lambda: job(world, "first") is None)


def test_prune_goes_backwards_through_the_waves(world: World) -> None:
    world.repo(
        {
            "a.yaml": config_yaml("a"),
            "b.yaml": annotated(config_yaml("b"), wave="1"),
            "c.yaml": annotated(config_yaml("c"), wave="2"),
            "keep.yaml": config_yaml("keep"),
        }
    )
    world.app()
    world.until_synced()
    gone: list[str] = []
    real = world.client.delete

    def delete(api_version: str, kind: str, name: str, *args: Any, **kwargs: Any) -> Object:
        gone.append(name)
        return real(api_version, kind, name, *args, **kwargs)

    world.client.delete = delete  # type: ignore[method-assign]
    try:
        world.until_synced(world.commit({"a.yaml": None, "b.yaml": None, "c.yaml": None}))
    finally:
        del world.client.delete

    assert gone == ["c", "b", "a"]


def test_an_annotation_that_makes_no_sense_names_file_and_field(world: World) -> None:
    world.repo({"a.yaml": annotated(config_yaml("a"), wave="soon")})
    world.app()

    view = world.until_reason("InvalidAnnotation")

    assert "'soon' is not a whole number" in view.status.message
    assert view.status.place.file == "a.yaml"
    assert not world.has_config_map("a")


def test_drift_is_healed_without_waiting_for_other_waves(world: World) -> None:
    world.repo(
        {"a.yaml": claim_yaml("first"), "b.yaml": annotated(config_yaml("b", v="1"), wave="1")}
    )
    world.app()
    settle(world, "first", "Bound")
    world.until_synced()
    settle(world, "first", "Lost")
    world.until(lambda view: view.status.health.status == "Degraded")

    world.client.patch(world.config_map("b"), {"data": {"v": "hand"}})

    eventually(lambda: world.config_map("b")["data"] == {"v": "1"})

"""kubectl debug and resize, on pods that run."""

from tests.node.cluster import Space
from tests.waiting import eventually

SLEEP = {"name": "main", "image": "test/sh:1", "args": ["sleep 60"]}


def ephemeral(space: Space, pod: str) -> list[dict[str, object]]:
    return list(space.status(pod).get("ephemeralContainerStatuses") or [])


def test_a_container_for_debugging_runs_beside_the_others(space: Space) -> None:
    space.pod("web", containers=[SLEEP])
    before = space.until_ready()
    debug = ("debug", "web", "--image=test/sh:1", "--container=look", "--profile=general")
    space.kubectl(*debug, "--", "sh", "-c", "echo I see; exit 3")
    eventually(lambda: "terminated" in (ephemeral(space, "web") or [{"state": {}}])[0]["state"])  # type: ignore[operator]
    [status] = ephemeral(space, "web")
    assert status["name"] == "look"
    assert status["state"]["terminated"]["exitCode"] == 3  # type: ignore[index]
    assert status["restartCount"] == 0
    assert space.kubectl("logs", "web", "-c", "look").stdout == "I see\n"
    assert space.status()["phase"] == "Running"
    assert space.container()["restartCount"] == 0
    assert space.get("web")["metadata"]["uid"] == before["metadata"]["uid"]
    assert "Ephemeral Containers" in space.kubectl("describe", "pod", "web").stdout


def test_one_that_goes_on_ends_with_its_pod(space: Space) -> None:
    space.pod("web", containers=[SLEEP])
    space.until_ready()
    space.kubectl("debug", "web", "--image=test/sh:1", "--container=stay", "--", "sleep", "60")
    eventually(lambda: "running" in (ephemeral(space, "web") or [{"state": {}}])[0]["state"])  # type: ignore[operator]
    assert space.kubectl("exec", "web", "-c", "stay", "--", "echo", "here").stdout == "here\n"
    space.client.delete("v1", "Pod", "web", space.name, grace_seconds=1)
    eventually(lambda: not space.client.list("v1", "Pod", space.name).items, timeout=15)


def test_a_pod_is_resized_without_being_run_anew(space: Space) -> None:
    policy = [{"resourceName": "memory", "restartPolicy": "RestartContainer"}]
    asked = {"requests": {"cpu": "10m", "memory": "10Mi"}}
    space.pod("web", containers=[{**SLEEP, "resources": asked, "resizePolicy": policy}])
    pod = space.until_ready()
    larger = {"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "20m"}}}]}}
    strategic = "application/strategic-merge-patch+json"
    space.client.patch(pod, larger, content_type=strategic, subresource="resize")
    eventually(lambda: space.container()["resources"]["requests"]["cpu"] == "20m")
    assert space.container()["allocatedResources"] == {"cpu": "20m", "memory": "10Mi"}
    assert space.container()["restartCount"] == 0
    larger["spec"]["containers"][0]["resources"] = {"requests": {"memory": "20Mi"}}
    space.client.patch(pod, larger, content_type=strategic, subresource="resize")
    eventually(lambda: space.container()["restartCount"] == 1)
    space.until_ready()
    assert space.container()["resources"]["requests"] == {"cpu": "20m", "memory": "20Mi"}

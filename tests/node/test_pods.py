"""Pods as the API shows them: started, restarted, failing, ending."""

import re
import time

import pytest

from gitops_lab.kube.errors import NotFound
from gitops_lab.node.supervise.tree import descendants, start_time
from tests.node.cluster import Space, shell, web
from tests.waiting import eventually


def gone(space: Space, name: str) -> bool:
    try:
        space.get(name)
    except NotFound:
        return True
    return False


def reason(space: Space, name: str = "web") -> str:
    return str(space.container(name)["state"].get("waiting", {}).get("reason", ""))


def test_a_pod_gets_ready_and_its_status_is_a_kubelets(each_space: Space) -> None:
    each_space.pod(containers=[web()])
    status = each_space.until_ready()["status"]
    assert status["phase"] == "Running"
    assert [(c["type"], c["status"]) for c in status["conditions"]] == [
        ("PodReadyToStartContainers", "True"),
        ("Initialized", "True"),
        ("Ready", "True"),
        ("ContainersReady", "True"),
        ("PodScheduled", "True"),
    ]
    assert (status["hostIP"], status["qosClass"]) == ("127.0.0.1", "BestEffort")
    assert status["podIPs"] == [{"ip": status["podIP"]}]
    container = status["containerStatuses"][0]
    assert container["ready"] is container["started"] is True
    assert container["restartCount"] == 0
    assert container["containerID"].startswith("gitops-lab://")
    assert set(container["state"]) == {"running"}


def test_the_events_of_a_start_are_told(space: Space) -> None:
    space.pod(containers=[web()])
    space.until_ready()
    wanted = ["Scheduled", "Pulled", "Created", "Started"]

    def told() -> list[str]:
        # A sample that starts slowly is unready at its first probe, as in life.
        return [reason for reason, _ in space.events("web") if reason != "Unhealthy"]

    eventually(lambda: told() == wanted)


def test_a_pod_is_ready_within_a_moment_of_its_creation(space: Space) -> None:
    took = []
    for number in range(3):
        began = time.monotonic()
        space.pod(f"web-{number}", containers=[web()])
        space.until_ready(f"web-{number}")
        took.append(time.monotonic() - began)
    assert min(took) < 1.0


def test_deleting_a_pod_lets_it_drain_and_leaves_no_process(space: Space) -> None:
    space.pod(containers=[web()])
    pod = space.until_ready()
    folder = space.cluster.folder / "node" / "pods" / pod["metadata"]["uid"]
    assert folder.exists()
    began = time.monotonic()
    space.client.delete("v1", "Pod", "web", space.name)
    eventually(lambda: gone(space, "web"))
    assert time.monotonic() - began > 0.9  # the sample serves for a second after SIGTERM
    eventually(lambda: not folder.exists())
    assert ("Killing", "Stopping container web") in space.events("web")


def test_what_ignores_sigterm_is_killed_after_the_grace_period(space: Space) -> None:
    script = "trap '' TERM; sleep 600 & echo $!; while :; do sleep 0.05; done"
    space.pod(containers=[shell(script)], terminationGracePeriodSeconds=1)
    space.until_ready()
    child = int(eventually(lambda: space.kubectl("logs", "web").stdout))
    space.client.delete("v1", "Pod", "web", space.name)
    eventually(lambda: gone(space, "web"))
    assert not start_time(child)


def test_a_forced_deletion_ends_the_process_at_once(space: Space) -> None:
    space.pod(containers=[shell("trap '' TERM; echo $$$$; while :; do sleep 0.05; done")])
    space.until_ready()
    pid = int(eventually(lambda: space.kubectl("logs", "web").stdout))
    space.client.delete("v1", "Pod", "web", space.name, grace_seconds=0)
    eventually(lambda: not start_time(pid) and not descendants(pid))


def test_a_crashing_container_backs_off_and_keeps_its_last_state(space: Space) -> None:
    space.pod(containers=[shell("echo boom >&2; exit 3")])
    eventually(lambda: reason(space) == "CrashLoopBackOff")
    container = eventually(lambda: space.container()["restartCount"] > 1 and space.container())
    assert container["lastState"]["terminated"]["exitCode"] == 3
    assert container["lastState"]["terminated"]["reason"] == "Error"
    message = eventually(lambda: space.container()["state"].get("waiting", {}).get("message"))
    uid = space.get("web")["metadata"]["uid"]
    wanted = rf"back-off \S+ restarting failed container=main pod=web_{space.name}\({uid}\)"
    assert re.fullmatch(wanted, message)
    assert space.status()["phase"] == "Running"
    assert any(reason == "BackOff" for reason, _ in space.events("web"))


def test_an_unknown_image_fails_to_pull_and_backs_off(space: Space) -> None:
    space.pod(containers=[{"name": "x", "image": "shop/none:1.99"}])
    eventually(lambda: reason(space) == "ImagePullBackOff", interval=0.01)
    waiting = space.container()["state"]["waiting"]
    assert (
        'Back-off pulling image "shop/none:1.99": ErrImagePull: rpc error: code = NotFound'
        in (waiting["message"])
    )
    assert space.status()["phase"] == "Pending"
    eventually(lambda: ("Failed", "Error: ImagePullBackOff") in space.events("web"))
    assert ("Failed", "Error: ErrImagePull") in space.events("web")


def test_correcting_the_image_of_a_pod_runs_it(space: Space) -> None:
    space.pod(containers=[web("9.9")])
    eventually(lambda: reason(space) in ("ErrImagePull", "ImagePullBackOff"))
    patch = {"spec": {"containers": [{"name": "web", "image": "gitops-lab/web:1.1"}]}}
    space.kubectl("patch", "pod", "web", "--patch", str(patch).replace("'", '"'))
    space.until_ready()
    assert space.container()["image"] == "gitops-lab/web:1.1"


def test_a_missing_program_is_a_start_error(space: Space) -> None:
    container = {"name": "x", "image": "test/sh:1", "command": ["no-such-program"]}
    space.pod(containers=[container], restartPolicy="Never")
    terminated = eventually(lambda: space.container()["state"].get("terminated"))
    assert (terminated["exitCode"], terminated["reason"]) == (128, "StartError")
    assert '"no-such-program": executable file not found in $PATH' in terminated["message"]
    assert space.status()["phase"] == "Failed"


@pytest.mark.parametrize(
    ("policy", "code", "phase"),
    [("Never", 0, "Succeeded"), ("Never", 1, "Failed"), ("OnFailure", 0, "Succeeded")],
)
def test_a_pod_that_ends_has_a_final_phase(
    space: Space, policy: str, code: int, phase: str
) -> None:
    space.pod(containers=[shell(f"exit {code}")], restartPolicy=policy)
    eventually(lambda: space.status().get("phase") == phase)
    assert space.container()["restartCount"] == 0


def test_init_containers_run_in_their_order_before_the_others(space: Space) -> None:
    volume = {"name": "shared", "emptyDir": {}}
    mounts = [{"name": "shared", "mountPath": "/shared"}]
    script = "echo {} >> $GITOPS_LAB_MOUNT_ROOT/shared/order"
    space.pod(
        volumes=[volume],
        initContainers=[
            {**shell(script.format("one")), "name": "one", "volumeMounts": mounts},
            {**shell(script.format("two")), "name": "two", "volumeMounts": mounts},
        ],
        containers=[
            shell("cat $GITOPS_LAB_MOUNT_ROOT/shared/order; sleep 600", volumeMounts=mounts)
        ],
        terminationGracePeriodSeconds=0,
    )
    space.until_ready()
    eventually(lambda: space.kubectl("logs", "web").stdout == "one\ntwo\n")
    states = [s["state"]["terminated"]["reason"] for s in space.status()["initContainerStatuses"]]
    assert states == ["Completed", "Completed"]


def test_a_failing_init_container_keeps_the_pod_pending(space: Space) -> None:
    init = {**shell("exit 1"), "name": "setup"}
    space.pod(initContainers=[init], containers=[web()])
    eventually(lambda: space.status()["initContainerStatuses"][0]["restartCount"] > 1)
    status = space.status()
    assert status["phase"] == "Pending"
    assert status["containerStatuses"][0]["state"] == {"waiting": {"reason": "PodInitializing"}}
    initialized = next(c for c in status["conditions"] if c["type"] == "Initialized")
    assert initialized["message"] == "containers with incomplete status: [setup]"


def test_a_sidecar_runs_beside_and_ends_after_the_others(space: Space) -> None:
    sidecar = {**shell("echo up; sleep 600"), "name": "side", "restartPolicy": "Always"}
    space.pod(
        initContainers=[sidecar],
        containers=[shell("exit 0")],
        restartPolicy="Never",
        terminationGracePeriodSeconds=1,
    )
    eventually(lambda: space.status().get("phase") == "Succeeded")
    eventually(lambda: "terminated" in space.status()["initContainerStatuses"][0]["state"])


def test_a_pod_that_fits_nowhere_says_why_until_it_fits(space: Space) -> None:
    space.pod(containers=[web()], nodeSelector={"disk": "fast"})
    conditions = eventually(lambda: space.status().get("conditions"))
    assert conditions[0]["reason"] == "Unschedulable"
    assert "didn't match Pod's node affinity/selector" in conditions[0]["message"]
    node = space.client.get("v1", "Node", "gitops-lab-node")
    space.client.patch(node, {"metadata": {"labels": {"disk": "fast"}}})
    space.until_ready()
    space.client.patch(node, {"metadata": {"labels": {"disk": None}}})


def test_a_pod_is_failed_when_it_is_here_for_longer_than_it_may(space: Space) -> None:
    space.pod(containers=[web()])
    space.until_ready()
    patch = '{"spec":{"activeDeadlineSeconds":1}}'
    space.kubectl("patch", "pod", "web", "--type=merge", "-p", patch)
    eventually(lambda: space.status()["phase"] == "Failed")
    assert space.status()["reason"] == "DeadlineExceeded"
    eventually(lambda: "terminated" in space.container()["state"])
    message = "Pod was active on the node longer than the specified deadline"
    eventually(lambda: ("DeadlineExceeded", message) in space.events("web"))


def test_a_status_tells_which_generation_of_the_spec_was_seen(space: Space) -> None:
    space.pod(containers=[web()])
    space.until_ready()
    toleration = '{"key":"slow","operator":"Exists","effect":"NoSchedule"}'
    patch = f'[{{"op":"add","path":"/spec/tolerations/-","value":{toleration}}}]'
    space.kubectl("patch", "pod", "web", "--type=json", "-p", patch)
    assert space.get("web")["metadata"]["generation"] == 2
    eventually(lambda: space.status()["observedGeneration"] == 2)

"""What a pod's recorded status means after the machine was restarted. Pure."""

from gitops_lab.kube.objects import Object
from gitops_lab.node import times
from gitops_lab.node.pods.status import ContainerState


def restore(pod: Object, container: ContainerState) -> None:
    """Take over the restart count; what ran then did not survive, as after a node's reboot."""
    status = pod.get("status") or {}
    section = f"{container.section.removesuffix('s')}Statuses"
    recorded = next((s for s in status.get(section) or [] if s["name"] == container.name), None)
    if recorded is None:
        return
    container.restarts = int(recorded.get("restartCount") or 0)
    container.last_state = recorded.get("lastState") or {}
    container.container_id = recorded.get("containerID") or ""
    container.image_id = recorded.get("imageID") or ""
    state = recorded.get("state") or {}
    if status.get("phase") in ("Succeeded", "Failed"):
        container.state = state
    elif container.ephemeral:
        # Who was debugging is gone: these are never run again.
        running = state.get("running")
        container.state = (
            {"terminated": _lost(running, container.container_id)} if running else state
        )
    elif running := state.get("running"):
        container.last_state = {"terminated": _lost(running, container.container_id)}
        container.restarts += 1
    elif terminated := state.get("terminated"):
        container.last_state = {"terminated": terminated}
        container.restarts += 1


def _lost(running: Object, container_id: str) -> Object:
    return {
        "exitCode": 255,
        "reason": "Unknown",
        "startedAt": running.get("startedAt"),
        "finishedAt": times.now(),
        "containerID": container_id,
    }

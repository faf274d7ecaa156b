"""The status of a pod, as a kubelet writes it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.kube.objects import Object, condition_of
from gitops_lab.kube.quantities import amount
from gitops_lab.node import times

State = dict[str, Any]  # {"waiting" | "running" | "terminated": {...}}


@dataclass
class ContainerState:
    """What a kubelet knows of one container."""

    name: str
    image: str
    init: bool = False
    sidecar: bool = False
    ephemeral: bool = False
    state: State = field(default_factory=dict)
    last_state: State = field(default_factory=dict)
    ready: bool = False
    started: bool = False
    restarts: int = 0
    container_id: str = ""
    image_id: str = ""

    @property
    def section(self) -> str:
        """The list of the pod's spec that it stands in."""
        if self.ephemeral:
            return "ephemeralContainers"
        return "initContainers" if self.init else "containers"

    @property
    def main(self) -> bool:
        """Whether it is one of those that the pod is there for."""
        return self.section == "containers"

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return "running" in self.state

    @property
    def exit_code(self) -> int | None:
        """The exit code if it has ended."""
        ended = self.state.get("terminated")
        return None if ended is None else int(ended["exitCode"])

    @property
    def initialized(self) -> bool:
        """Whether an init container lets the pod go on."""
        return self.started if self.sidecar else self.exit_code == 0


@dataclass(frozen=True)
class PodView:
    """A pod as its node sees it."""

    pod: Object
    containers: Sequence[ContainerState]
    pod_ip: str = ""
    host_ip: str = ""
    start_time: str = ""
    has_sandbox: bool = False
    ended: bool = False  # terminated for good by a deletion: the phase is a final one
    failure: tuple[str, str] | None = None  # why its node has failed it: reason and message


def status_of(view: PodView) -> Object:
    """The whole status."""
    phase = phase_of(view)
    status: Object = {
        "phase": phase,
        "conditions": _conditions(view, phase),
        "hostIP": view.host_ip,
        "hostIPs": [{"ip": view.host_ip}],
        "startTime": view.start_time,
        "qosClass": qos_class(view.pod),
        "containerStatuses": [_status(view.pod, c) for c in view.containers if c.main],
    }
    if any(c.init for c in view.containers):
        status["initContainerStatuses"] = [_status(view.pod, c) for c in view.containers if c.init]
    if any(c.ephemeral for c in view.containers):
        status["ephemeralContainerStatuses"] = [
            _status(view.pod, c) for c in view.containers if c.ephemeral
        ]
    if view.failure:
        status["reason"], status["message"] = view.failure
    if view.pod_ip:
        status |= {"podIP": view.pod_ip, "podIPs": [{"ip": view.pod_ip}]}
    if generation := view.pod["metadata"].get("generation"):
        status["observedGeneration"] = generation
    return status


def phase_of(view: PodView) -> str:
    """Pending, Running, Succeeded or Failed, by a kubelet's rules."""
    main = [c for c in view.containers if c.main]
    policy = view.pod["spec"].get("restartPolicy", "Always")
    if view.failure:
        return "Failed"
    if view.ended:
        return "Succeeded" if all(c.exit_code == 0 for c in main) else "Failed"
    if policy == "Never" and any(_init_failed(c) for c in view.containers):
        return "Failed"
    if not all(c.initialized for c in view.containers if c.init) and not any(
        c.running or c.last_state or "terminated" in c.state for c in main
    ):
        return "Pending"
    if any(_waits_for_first_start(c) for c in main):
        return "Pending"
    if any(c.running for c in main) or policy == "Always":
        return "Running"
    if all(c.exit_code == 0 for c in main):
        return "Succeeded"
    return "Failed" if policy == "Never" else "Running"


def _init_failed(container: ContainerState) -> bool:
    return container.init and not container.sidecar and (container.exit_code or 0) != 0


def _waits_for_first_start(container: ContainerState) -> bool:
    return (
        not container.running and "terminated" not in container.state and not (container.last_state)
    )


def _conditions(view: PodView, phase: str) -> list[Object]:
    waiting_init = [c.name for c in view.containers if c.init and not c.initialized]
    initialized = _condition("Initialized", not waiting_init or phase == "Succeeded")
    if waiting_init and phase != "Succeeded":
        initialized |= {
            "reason": "ContainersNotInitialized",
            "message": f"containers with incomplete status: [{' '.join(waiting_init)}]",
        }
    elif phase == "Succeeded":
        initialized["reason"] = "PodCompleted"
    fresh = [
        _condition("PodReadyToStartContainers", view.has_sandbox and phase not in _FINAL),
        initialized,
        _ready(view, phase),
        _containers_ready(view, phase),
        _condition("PodScheduled", True),
    ]
    return [_with_times(condition, view.pod) for condition in fresh]


_FINAL = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}


def _containers_ready(view: PodView, phase: str) -> Object:
    if phase in _FINAL:
        return _condition("ContainersReady", False) | {"reason": _FINAL[phase]}
    unready = [c.name for c in view.containers if not c.ready and (c.main or c.sidecar)]
    if not unready:
        return _condition("ContainersReady", True)
    return _condition("ContainersReady", False) | {
        "reason": "ContainersNotReady",
        "message": f"containers with unready status: [{' '.join(unready)}]",
    }


def _ready(view: PodView, phase: str) -> Object:
    ready = _containers_ready(view, phase) | {"type": "Ready"}
    if ready["status"] == "False":
        return ready
    problems = [
        problem
        for gate in view.pod["spec"].get("readinessGates") or []
        if (problem := _gate_problem(view.pod, gate["conditionType"]))
    ]
    if not problems:
        return ready
    return ready | {
        "status": "False",
        "reason": "ReadinessGatesNotReady",
        "message": ", ".join(problems),
    }


def _gate_problem(pod: Object, gate: str) -> str:
    condition = condition_of(pod, gate)
    if condition is None:
        return f'corresponding condition of pod readiness gate "{gate}" does not exist.'
    if condition.get("status") != "True":
        status = condition.get("status", "")
        return f'the status of pod readiness gate "{gate}" is not "True", but {status}'
    return ""


def _condition(kind: str, holds: bool) -> Object:
    return {"type": kind, "status": "True" if holds else "False", "lastProbeTime": None}


def _with_times(condition: Object, pod: Object) -> Object:
    """The transition time stays while the condition does."""
    known = condition_of(pod, condition["type"]) or {}
    same = known.get("status") == condition["status"]
    moment = known.get("lastTransitionTime") if same else None
    condition["lastTransitionTime"] = moment or times.now()
    if generation := pod["metadata"].get("generation"):
        condition["observedGeneration"] = generation
    return condition


def _status(pod: Object, container: ContainerState) -> Object:
    spec = _spec_of(pod, container)
    status = {
        "name": container.name,
        "image": container.image,
        "imageID": container.image_id,
        "ready": container.ready,
        "started": container.started,
        "restartCount": container.restarts,
        "state": container.state,
        "lastState": container.last_state,
        "resources": spec.get("resources") or {},
    }
    if container.container_id:
        status["containerID"] = container.container_id
        if requests := (spec.get("resources") or {}).get("requests"):
            status["allocatedResources"] = requests
    if mounts := spec.get("volumeMounts"):
        status["volumeMounts"] = [_mount(mount) for mount in mounts]
    return status


def _mount(mount: Object) -> Object:
    shown: Object = {"name": mount["name"], "mountPath": mount["mountPath"]}
    if mount.get("readOnly"):
        shown |= {"readOnly": True, "recursiveReadOnly": "Disabled"}
    return shown


def _spec_of(pod: Object, container: ContainerState) -> Object:
    found = (c for c in pod["spec"].get(container.section) or [] if c["name"] == container.name)
    return dict(next(found, {}))


def qos_class(pod: Object) -> str:
    """Guaranteed, Burstable or BestEffort, from the requests and limits."""
    everyone = [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]
    resources = [c.get("resources") or {} for c in everyone]
    if not any(_amounts(r, section) for r in resources for section in ("requests", "limits")):
        return "BestEffort"
    if all(_is_guaranteed(r) for r in resources):
        return "Guaranteed"
    return "Burstable"


def _is_guaranteed(resources: Object) -> bool:
    limits = _amounts(resources, "limits")
    requests = {**limits, **_amounts(resources, "requests")}
    return set(limits) == {"cpu", "memory"} and requests == limits


def _amounts(resources: Object, section: str) -> dict[str, object]:
    declared = resources.get(section) or {}
    found = {name: amount(declared[name]) for name in ("cpu", "memory") if name in declared}
    return {name: value for name, value in found.items() if value}

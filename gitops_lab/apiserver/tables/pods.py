"""Pods: the one row that sums up a dozen states of containers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gitops_lab.apiserver.tables.columns import (
    AGE,
    NAME,
    NONE,
    Cells,
    Object,
    Printer,
    age_of,
    columns,
    condition_is,
    containers,
    labels_text,
    name_of,
    part,
    wide,
)
from gitops_lab.apiserver.tables.durations import parse_time, since

SIMULATED = "gitops-lab.dev/simulated"
"""Annotation of a pod whose containers are shown by the node and not run."""
FINAL = {"Succeeded": "The pod has ended well.", "Failed": "The pod has failed."}


@dataclass
class _Sum:
    """What is counted while walking over the containers."""

    reason: str
    total: int
    ready: int = 0
    restarts: int = 0
    last: tuple[datetime, str] | None = None

    def restarted(self, status: Object) -> None:
        self.restarts += int(status.get("restartCount") or 0)
        text = str(part(status, "lastState", "terminated").get("finishedAt") or "")
        when = parse_time(text)
        if when and (self.last is None or self.last[0] < when):
            self.last = (when, text)

    def restarts_text(self) -> str:
        if self.restarts and self.last:
            return f"{self.restarts} ({since(self.last[1])} ago)"
        return str(self.restarts)


def pod_cells(pod: Object) -> Cells:
    """Cells of a pod, wide ones included."""
    spec, status = part(pod, "spec"), part(pod, "status")
    found = _summary(pod, spec, status)
    ready = f"{found.ready}/{found.total}"
    first_ip = (status.get("podIPs") or [{}])[0].get("ip") or NONE
    return [
        name_of(pod),
        ready,
        _final_reason(pod, found.reason),
        found.restarts_text(),
        age_of(pod),
        first_ip,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        _readiness_gates(pod, spec),
    ]


def _summary(pod: Object, spec: Object, status: Object) -> _Sum:
    sidecars = {each["name"] for each in spec.get("initContainers") or [] if _is_sidecar(each)}
    total = len(spec.get("containers") or []) + len(sidecars)
    found = _Sum(str(status.get("reason") or status.get("phase") or ""), total)
    for each in status.get("conditions") or []:
        if each.get("type") == "PodScheduled" and each.get("reason") == "SchedulingGated":
            found.reason = "SchedulingGated"
    before = _Sum("", 0)
    initializing = _walk_init(spec, status, sidecars, (found, before))
    if not initializing or condition_is(pod, "Initialized"):
        # Restarts of finished init containers no longer count once the pod runs.
        found.restarts, found.last = before.restarts, before.last
        _walk_main(pod, status, found)
    return found


def _is_sidecar(container: Object) -> bool:
    return bool(container.get("restartPolicy") == "Always")


def _walk_init(spec: Object, status: Object, sidecars: set[str], sums: tuple[_Sum, _Sum]) -> bool:
    """Walk over init containers; True while one of them still has to end."""
    found, before = sums
    for index, each in enumerate(status.get("initContainerStatuses") or []):
        found.restarted(each)
        if each.get("name") in sidecars:
            before.restarted(each)
        state = each.get("state") or {}
        ended = state.get("terminated")
        if ended and not ended.get("exitCode"):
            continue
        if each.get("name") in sidecars and each.get("started"):
            found.ready += bool(each.get("ready"))
            continue
        found.reason = "Init:" + _init_reason(
            state, f"{index}/{len(spec.get('initContainers') or [])}"
        )
        return True
    return False


def _init_reason(state: Object, progress: str) -> str:
    waiting = part(state, "waiting").get("reason")
    if state.get("terminated"):
        return _ended_reason(state["terminated"])
    return str(waiting) if waiting and waiting != "PodInitializing" else progress


def _ended_reason(ended: Object) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    if ended.get("signal"):
        return f"Signal:{ended['signal']}"
    return f"ExitCode:{ended.get('exitCode', 0)}"


def _walk_main(pod: Object, status: Object, found: _Sum) -> None:
    running, failure = False, ""
    for each in reversed(status.get("containerStatuses") or []):
        found.restarted(each)
        state = each.get("state") or {}
        if part(state, "waiting").get("reason"):
            found.reason = state["waiting"]["reason"]
        elif state.get("terminated"):
            found.reason = _ended_reason(state["terminated"])
            failure = found.reason if state["terminated"].get("exitCode") else failure
        elif each.get("ready") and state.get("running") is not None:
            running = True
            found.ready += 1
    if found.reason == "Completed":
        found.reason = _completed_reason(pod, running, failure)


def _completed_reason(pod: Object, running: bool, failure: str) -> str:
    """Some containers have ended well: the others decide."""
    if running and condition_is(pod, "Ready"):
        return "Running"
    if failure:
        return failure
    return "NotReady" if running else "Completed"


def _final_reason(pod: Object, reason: str) -> str:
    if not part(pod, "metadata").get("deletionTimestamp"):
        simulated = part(pod, "metadata", "annotations").get(SIMULATED) == "true"
        return f"{reason} (simulated)" if simulated and reason == "Running" else reason
    status = part(pod, "status")
    if status.get("reason") == "NodeLost":
        return "Unknown"
    return reason if status.get("phase") in FINAL else "Terminating"


def _readiness_gates(pod: Object, spec: Object) -> str:
    gates = spec.get("readinessGates") or []
    open_ones = sum(condition_is(pod, each.get("conditionType", "")) for each in gates)
    return f"{open_ones}/{len(gates)}" if gates else NONE


def pod_conditions(pod: Object) -> list[Object]:
    """Row condition that lets kubectl leave out ended pods."""
    phase: Any = part(pod, "status").get("phase")
    if phase not in FINAL:
        return []
    return [{"type": "Completed", "status": "True", "reason": phase, "message": FINAL[phase]}]


def _template_cells(obj: Object) -> Cells:
    template = part(obj, "template")
    labels = part(template, "metadata").get("labels")
    return [name_of(obj), *containers(part(template, "spec")), labels_text(labels)]


PRINTERS = {
    ("", "Pod"): Printer(
        columns(
            NAME, "Ready", "Status", "Restarts", AGE,
            wide("IP"), wide("Node"), wide("Nominated Node"), wide("Readiness Gates"),
        ),
        pod_cells,
        pod_conditions,
    ),
    ("", "PodTemplate"): Printer(
        columns(NAME, "Containers", "Images", "Pod Labels"), _template_cells
    ),
}  # fmt: skip

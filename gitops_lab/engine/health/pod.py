"""Pod: one that should run for ever is well when it is ready, one that should end when it has."""

from typing import Any

from gitops_lab.engine.health.model import Health, degraded, healthy, progressing, unknown
from gitops_lab.engine.health.reading import condition_is, spec_of, status_of
from gitops_lab.kube.objects import Object, annotations_of

_SIMULATED = "gitops-lab.dev/simulated"
"""Annotation by which the embedded cluster's node marks a pod that it shows and does not run."""


def assess(obj: Object) -> Health:
    """A container that waits because of an error makes the pod degraded at once."""
    status, forever = status_of(obj), spec_of(obj).get("restartPolicy", "Always") == "Always"
    if forever and (stuck := _stuck(status)):
        return degraded(stuck)
    match status.get("phase", "Pending"):
        case "Pending":
            return progressing(_why_pending(obj))
        case "Succeeded":
            return healthy(str(status.get("message", "")))
        case "Failed":
            return degraded(_why_failed(status))
        case "Running":
            return _running(obj) if forever else progressing("it has not ended yet")
        case phase:
            return unknown(f"the phase is {phase}")


def _running(obj: Object) -> Health:
    if condition_is(obj, "Ready"):
        simulated = annotations_of(obj).get(_SIMULATED) == "true"
        return healthy("simulated: its image is shown and not run" if simulated else "")
    for container in _containers(status_of(obj)):
        ended = (container.get("lastState") or {}).get("terminated")
        if ended and not container.get("ready"):
            return degraded(f"the container {container.get('name')} ended: {_ended(ended)}")
    return progressing("it runs and is not ready yet")


def _stuck(status: Object) -> str:
    for container in _containers(status):
        waiting = (container.get("state") or {}).get("waiting") or {}
        reason = str(waiting.get("reason", ""))
        if reason.startswith("Err") or reason.endswith(("Error", "BackOff")):
            said = waiting.get("message")
            return f"the container {container.get('name')} waits: {reason}" + (
                f": {said}" if said else ""
            )
    return ""


def _why_pending(obj: Object) -> str:
    scheduled = condition_is(obj, "PodScheduled", "False")
    if scheduled:
        return f"no node takes it: {scheduled.get('message', '')}"
    return str(status_of(obj).get("message") or "its containers are not started yet")


def _why_failed(status: Object) -> str:
    if status.get("message"):
        return str(status["message"])
    for container in _containers(status):
        ended = (container.get("state") or {}).get("terminated") or {}
        if ended.get("exitCode") or ended.get("reason") == "OOMKilled":
            return f"the container {container.get('name')} ended: {_ended(ended)}"
    return str(status.get("reason") or "it failed")


def _ended(terminated: Object) -> str:
    said = terminated.get("message") or terminated.get("reason") or "Error"
    return f"{said} (exit code {terminated.get('exitCode', '?')})"


def _containers(status: Object) -> list[Any]:
    started = status.get("containerStatuses") or []
    return [*(status.get("initContainerStatuses") or []), *started]

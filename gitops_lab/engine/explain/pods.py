"""What a pod says about why it isn't well. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gitops_lab.kube import Object
from gitops_lab.kube.objects import condition_of, is_terminating, name_of, namespace_of

_NO_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}
_NO_CONFIG = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}


@dataclass(frozen=True)
class PodProblem:
    """A reason, a sentence, the field of the workload that it points to, and the next step."""

    reason: str
    message: str
    field: str
    next: str
    rank: int


def worst_problem(pods: Iterable[Object]) -> PodProblem | None:
    """The problem that says most about all of a workload's pods; None when they are well."""
    found = [problem for pod in pods if not is_terminating(pod) for problem in _problems(pod)]
    return min(found, key=lambda problem: problem.rank, default=None)


def _problems(pod: Object) -> Iterator[PodProblem]:
    status = pod.get("status") or {}
    for field, group in (
        ("initContainers", "initContainerStatuses"),
        ("containers", "containerStatuses"),
    ):
        for container in status.get(group) or []:
            yield from _of_container(pod, field, container)
    scheduled = condition_of(pod, "PodScheduled") or {}
    if scheduled.get("status") == "False":
        yield PodProblem(
            "Unschedulable",
            f"pod {name_of(pod)} finds no node: {scheduled.get('message', '')}",
            "spec.template.spec",
            f"See `kubectl describe pod -n {namespace_of(pod)} {name_of(pod)}`.",
            4,
        )


def _of_container(pod: Object, field: str, container: dict[str, Any]) -> Iterator[PodProblem]:
    name = container.get("name", "")
    path = f"spec.template.spec.{field}[name={name}]"
    state = container.get("state") or {}
    waiting = state.get("waiting") or {}
    reason = waiting.get("reason", "")
    if reason in _NO_IMAGE:
        yield _no_image(container, path, reason)
    elif reason in _NO_CONFIG:
        yield PodProblem(
            reason,
            f"container {name} can't start: {waiting.get('message', reason)}",
            path,
            "Add what it refers to (ConfigMap, Secret, key), or correct the reference.",
            1,
        )
    elif reason == "CrashLoopBackOff" or _crashed(state):
        yield _crash(pod, container, path)
    elif field == "containers" and "running" in state and not container.get("ready"):
        yield _not_ready(pod, container, path)


def _no_image(container: dict[str, Any], path: str, reason: str) -> PodProblem:
    image = container.get("image", "")
    return PodProblem(
        "ImagePullFailed",
        f"the image {image} of container {container.get('name', '')} can't be pulled ({reason}).",
        f"{path}.image",
        "Correct the image's name and tag in Git, and push.",
        0,
    )


def _crashed(state: dict[str, Any]) -> bool:
    ended = state.get("terminated") or {}
    return bool(ended.get("exitCode"))


def _crash(pod: Object, container: dict[str, Any], path: str) -> PodProblem:
    ended = (container.get("lastState") or {}).get("terminated") or (
        container.get("state") or {}
    ).get("terminated", {})
    code = ended.get("exitCode")
    how = f"exit code {code}" if code is not None else "no exit code known"
    if ended.get("reason") == "OOMKilled":
        how = "killed for using more memory than its limit"
    name = container.get("name", "")
    times = container.get("restartCount", 0)
    return PodProblem(
        "CrashLoop",
        f"container {name} of pod {name_of(pod)} ends again and again: {how}, {times} restarts.",
        path,
        f"Read `kubectl logs -n {namespace_of(pod)} {name_of(pod)} -c {name} --previous`.",
        2,
    )


def _not_ready(pod: Object, container: dict[str, Any], path: str) -> PodProblem:
    name = container.get("name", "")
    return PodProblem(
        "NotReady",
        f"container {name} of pod {name_of(pod)} runs, but its readiness probe does not succeed.",
        f"{path}.readinessProbe",
        f"See the probe's answers: `kubectl describe pod -n {namespace_of(pod)} {name_of(pod)}`.",
        3,
    )

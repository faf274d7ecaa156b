"""What an operation has to do: a task for each object and phase, in their order. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gitops_lab.dialects.argocd.application.options import (
    PHASES,
    delete_policies,
    hooks_of,
    is_hook,
    is_skipped,
    wave_of,
)
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.objects import split_api_version
from gitops_lab.kube.order import kind_rank

RUNNING, SUCCEEDED, FAILED, ERROR = "Running", "Succeeded", "Failed", "Error"
TERMINATING = "Terminating"
SYNCED, SYNC_FAILED, PRUNED, PRUNE_SKIPPED = "Synced", "SyncFailed", "Pruned", "PruneSkipped"
COMPLETED = (SUCCEEDED, FAILED, ERROR)


@dataclass
class Task:
    """One object in one phase; `state` and `status` as of the result on record."""

    phase: str
    target: Object | None
    live: Object | None
    wave: int = 0
    status: str = ""
    state: str = ""
    message: str = ""
    synced: bool = False
    """Whether the comparison found nothing to write."""

    def __post_init__(self) -> None:
        self.wave = self.wave or wave_of(self.target or self.live)

    @property
    def obj(self) -> Object:
        """The object, preferably as Git has it."""
        found = self.target or self.live
        assert found is not None
        return found

    @property
    def key(self) -> ObjectKey:
        """Its identity."""
        return ObjectKey.of(self.obj)

    @property
    def place(self) -> str:
        """`group/Kind/name`, as messages have it."""
        return f"{self.key.group}/{self.key.kind}/{self.key.name}"

    @property
    def is_hook(self) -> bool:
        """Whether it is made to run."""
        return is_hook(self.obj)

    @property
    def is_prune(self) -> bool:
        """Whether it is to be deleted."""
        return self.target is None

    @property
    def running(self) -> bool:
        """Begun, and not ended."""
        return self.state == RUNNING

    @property
    def pending(self) -> bool:
        """Not begun."""
        return not self.state

    @property
    def completed(self) -> bool:
        """Ended, well or not."""
        return self.state in COMPLETED

    @property
    def deletes_before(self) -> bool:
        """A hook of an earlier operation that goes before this one is made."""
        named = "BeforeHookCreation" in delete_policies(self.obj)
        return self.is_hook and self.live is not None and self.pending and named

    def deletes_after(self, policy: str) -> bool:
        """A hook that goes when it has ended so."""
        there = self.is_hook and self.live is not None and not self.running
        return there and policy in delete_policies(self.obj)


def phases_of(obj: Object) -> tuple[str, ...]:
    """In which phases an object takes part."""
    if is_skipped(obj):
        return ()
    if not is_hook(obj):
        return ("Sync",)
    return tuple(phase for phase in hooks_of(obj) if phase in PHASES)


def ordered(tasks: Iterable[Task], prune_last: Callable[[Task], bool]) -> list[Task]:
    """By phase, wave, kind and name; what is pruned in the reverse order of waves."""
    found = list(tasks)
    _swap_prune_waves([task for task in found if task.is_prune])
    last = max((task.wave for task in found if task.phase == "Sync"), default=0)
    for task in found:
        if task.is_prune and prune_last(task):
            task.wave = max(last, 0) + 1
    return sorted(found, key=_order)


def is_multi_step(tasks: Sequence[Task]) -> bool:
    """Whether there is more than one phase or wave."""
    ends = [(task.phase, task.wave) for task in (*tasks[:1], *tasks[-1:])]
    return len(set(ends)) > 1


def result_of(task: Task, namespace: str) -> Object:
    """The row of `.status.operationState.syncResult.resources`."""
    key = task.key
    if key == ObjectKey("", "Namespace", "", namespace):
        namespace = ""  # the one that Argo CD makes itself
    row: dict[str, Any] = {
        "group": key.group,
        "version": split_api_version(task.obj["apiVersion"])[1],
        "kind": key.kind,
        "namespace": key.namespace or namespace,
        "name": key.name,
        "status": task.status,
        "message": task.message,
        "hookType": task.phase if task.is_hook else "",
        "hookPhase": task.state,
        "syncPhase": task.phase,
        "images": images_of(task.obj),
    }
    always = ("group", "version", "kind", "namespace", "name")
    return {name: value for name, value in row.items() if value or name in always}


def images_of(obj: Object) -> list[str]:
    """The images that an object's pods run, in order."""
    spec = obj.get("spec") if isinstance(obj.get("spec"), dict) else {}
    assert isinstance(spec, dict)
    pods = [spec, _below(spec, "template", "spec"), _below(spec, "jobTemplate", "spec")]
    pods.append(_below(pods[2], "template", "spec"))
    containers = [
        container
        for pod in pods
        for name in ("initContainers", "containers")
        for container in (pod.get(name) if isinstance(pod.get(name), list) else None) or []
    ]
    return [str(c["image"]) for c in containers if isinstance(c, dict) and c.get("image")]


_PODS = ("replicas", "currentNumberScheduled", "active", "succeeded", "failed")


def running_images(obj: Object) -> list[str]:
    """The images of the pods that there are of an object, or of a pod itself."""
    status = obj.get("status") or {}
    there = obj.get("kind") == "Pod" or any(status.get(name) for name in _PODS)
    return images_of(obj) if there else []


def _below(value: Object, *steps: str) -> Object:
    for step in steps:
        found = value.get(step)
        value = found if isinstance(found, dict) else {}
    return value


def _swap_prune_waves(prunes: Sequence[Task]) -> None:
    waves = sorted({task.wave for task in prunes})
    swapped = dict(zip(waves, reversed(waves), strict=True))
    for task in prunes:
        task.wave = swapped[task.wave]


def _order(task: Task) -> tuple[int, int, int, str, str]:
    rank = kind_rank(task.key.group_kind)
    return PHASES.index(task.phase), task.wave, rank, task.key.kind, task.key.name

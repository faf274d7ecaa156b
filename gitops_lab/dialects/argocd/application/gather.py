"""What an operation is asked to do, and the tasks that come of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gitops_lab.dialects.argocd.application.compare import SYNCED as IN_SYNC
from gitops_lab.dialects.argocd.application.compare import Comparison
from gitops_lab.dialects.argocd.application.options import (
    HOOK_FINALIZER,
    SYNC_OPTIONS,
    SyncOptions,
    has_option,
    is_hook,
)
from gitops_lab.dialects.argocd.application.tasks import Task, ordered, phases_of
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import NotFound, UnknownKind

Permitted = Callable[[Object, bool], str]
"""(object, namespaced) -> why the project does not allow it, "" when it does."""


@dataclass(frozen=True)
class Orders:
    """What an operation asks for. `selected` says which objects, `permitted` what is allowed."""

    options: SyncOptions
    prune: bool = False
    dry_run: bool = False
    force: bool = False
    skip_hooks: bool = False
    namespace: str = ""
    namespace_metadata: Object | None = None
    selected: Callable[[ObjectKey], bool] = lambda key: True
    permitted: Permitted = lambda obj, namespaced: ""
    prune_confirmed: bool = False


@dataclass
class Gathering:
    """Makes the tasks from a comparison; `results` are those so far. Methods raise ApiError."""

    client: Client
    orders: Orders
    comparison: Comparison
    results: Sequence[Object] = ()

    def tasks(self) -> list[Task]:
        """All tasks, in their order."""
        found = [*self._plain_tasks(), *self._namespace_task()]
        if not self.orders.skip_hooks:
            found += self._hook_tasks()
        last = self.orders.options.prune_last
        return ordered(
            found, lambda task: last or has_option(task.live, SYNC_OPTIONS, "PruneLast=true")
        )

    def problems(self, tasks: Sequence[Task]) -> list[tuple[Task, str]]:
        """Those whose kind the cluster does not know, or that the project does not allow."""
        defined = {_defines(task.target) for task in tasks if task.target}
        found = ((task, self._problem(task, defined)) for task in tasks)
        return [(task, problem) for task, problem in found if problem]

    def _problem(self, task: Task, defined: set[tuple[str, str]]) -> str:
        key = task.key
        try:
            info = self.client.resource(task.obj["apiVersion"], key.kind)
        except UnknownKind:
            missing_is_fine = self.orders.options.skip_missing or has_option(
                task.target, SYNC_OPTIONS, "SkipDryRunOnMissingResource=true"
            )
            if missing_is_fine or (key.group, key.kind) in defined:
                return ""
            return (
                f"The Kubernetes API could not find {key.group}/{key.kind} for requested resource "
                f"{key.namespace}/{key.name}. Make sure the "
                f'"{key.kind}" CRD is installed on the destination cluster.'
            )
        return self.orders.permitted(task.obj, info.namespaced)

    def _plain_tasks(self) -> Iterable[Task]:
        for pair in self.comparison.pairs:
            obj = pair.target or pair.live
            if obj is None or is_hook(obj) or not self.orders.selected(pair.key):
                continue
            for phase in phases_of(obj):
                yield Task(phase, pair.target, pair.live, synced=pair.status == IN_SYNC)

    def _hook_tasks(self) -> list[Task]:
        tasks = []
        for hook in self.comparison.hooks:
            live = self._read(hook)
            for phase in phases_of(hook):
                metadata = hook["metadata"]
                finalizers = [*(metadata.get("finalizers") or []), HOOK_FINALIZER]
                target = {**hook, "metadata": {**metadata, "finalizers": finalizers}}
                tasks.append(Task(phase, target, live))
        return tasks

    def _namespace_task(self) -> list[Task]:
        """The destination's namespace, where it is to be made or its metadata kept."""
        orders = self.orders
        if not (orders.options.create_namespace and orders.namespace):
            return []
        target: Object = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": orders.namespace},
        }
        key = ObjectKey.of(target)
        if any(pair.key == key for pair in self.comparison.pairs if pair.target):
            return []
        live = self._read(target)
        known = any(row.get("kind") == "Namespace" for row in self.results)
        if orders.namespace_metadata is not None:
            target["metadata"].update(
                {name: dict(said) for name, said in orders.namespace_metadata.items() if said}
            )
            annotations = target["metadata"].setdefault("annotations", {})
            annotations.setdefault(SYNC_OPTIONS, "ServerSideApply=true")
        elif live is not None and not known:
            return []
        return [Task("PreSync", target, live)]

    def _read(self, obj: Object) -> Object | None:
        key = ObjectKey.of(obj)
        try:
            return self.client.get(obj["apiVersion"], key.kind, key.name, key.namespace)
        except NotFound:
            return None


def _defines(obj: Object | None) -> tuple[str, str]:
    """The kind that a definition defines."""
    if obj is None or obj.get("kind") != "CustomResourceDefinition":
        return "", ""
    spec = obj.get("spec") or {}
    return str(spec.get("group", "")), str((spec.get("names") or {}).get("kind", ""))

"""Binds pending pods to this machine's nodes."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from gitops_lab.kube import STRATEGIC_PATCH, Object
from gitops_lab.kube.errors import ApiError, Conflict, NotFound
from gitops_lab.kube.objects import condition_of, is_terminating, name_of, namespace_of, uid_of
from gitops_lab.node import times
from gitops_lab.node.claims import ask_for_volumes, claims_of
from gitops_lab.node.events import Event
from gitops_lab.node.machine import Machine
from gitops_lab.node.scheduling import choose

log = logging.getLogger(__name__)

_SCHEDULER = "default-scheduler"


class Binder:
    """Used on the node's event loop only. `bound(pod)` is called with the pod and its node."""

    def __init__(
        self,
        machine: Machine,
        nodes: Callable[[], Sequence[Object]],
        pods: Callable[[], Sequence[Object]],
        bound: Callable[[Object], None],
    ) -> None:
        self._machine, self._bound = machine, bound
        self._nodes, self._pods = nodes, pods
        self._pending: dict[str, Object] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()  # busy ones for which something has changed meanwhile
        self._chosen: dict[str, Object] = {}  # bound by us, not yet seen as bound
        self._untold: set[str] = set()

    def seen(self, event: str, pod: Object) -> None:
        """News of any pod."""
        uid = uid_of(pod)
        waiting = event != "DELETED" and wants_node(pod)
        if not waiting:
            if pod["spec"].get("nodeName"):
                self._tell_scheduled(pod)
            for known in (self._pending, self._chosen):
                known.pop(uid, None)
            self._again.discard(uid)
            return
        self._pending[uid] = pod
        self._try(uid)

    def look_again(self) -> None:
        """Nodes or claims have changed: pods that fitted nowhere may fit now."""
        for uid in list(self._pending):
            self._try(uid)

    def _try(self, uid: str) -> None:
        if uid in self._busy:
            self._again.add(uid)
        elif uid in self._pending and uid not in self._chosen:
            self._again.discard(uid)
            task = asyncio.create_task(self._place(uid))
            self._busy[uid] = task
            task.add_done_callback(lambda _: self._tried(uid))

    def _tried(self, uid: str) -> None:
        self._busy.pop(uid, None)
        if uid in self._again:
            self._try(uid)

    async def _place(self, uid: str) -> None:
        pod, nodes = self._pending[uid], self._nodes()
        if not nodes:  # not seen yet; `look_again` follows
            return
        choice = choose(pod, nodes, [*self._pods(), *self._chosen.values()])
        try:
            claims = await claims_of(self._machine, pod)
            if claims.problem:
                message = f"0/{len(nodes)} nodes are available: {claims.problem}."
                await self._tell_unschedulable(pod, message)
            elif choice.node and claims.waiting:
                await ask_for_volumes(self._machine, claims, choice.node)
            elif choice.node:
                await self._bind(pod, choice.node)
            else:
                await self._tell_unschedulable(pod, choice.message)
        except (Conflict, NotFound):
            log.debug("pod %s was bound or deleted by another", name_of(pod))
        except ApiError as error:
            log.info("binding pod %s: %s", name_of(pod), error)
            asyncio.get_running_loop().call_later(1.0, self._try, uid)

    async def _bind(self, pod: Object, node: str) -> None:
        uid, name, namespace = uid_of(pod), name_of(pod), namespace_of(pod)
        placed = {**pod, "spec": {**pod["spec"], "nodeName": node}}
        self._chosen[uid] = placed
        self._untold.add(uid)
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": name, "namespace": namespace, "uid": uid},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        }
        try:
            await self._machine.post(f"/api/v1/namespaces/{namespace}/pods/{name}/binding", binding)
        except ApiError:
            self._chosen.pop(uid, None)
            self._untold.discard(uid)
            raise
        self._pending.pop(uid, None)
        self._tell_scheduled(placed)
        self._bound(placed)

    def _tell_scheduled(self, pod: Object) -> None:
        """Once, by whichever comes first: the answer to the binding, or the bound pod."""
        if uid_of(pod) in self._untold:
            self._untold.discard(uid_of(pod))
            where = f"{namespace_of(pod)}/{name_of(pod)} to {pod['spec']['nodeName']}"
            self._record(pod, "Normal", "Scheduled", f"Successfully assigned {where}")

    async def _tell_unschedulable(self, pod: Object, message: str) -> None:
        known = condition_of(pod, "PodScheduled") or {}
        if known.get("message") == message:
            return
        condition = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": message,
            "lastProbeTime": None,
            "lastTransitionTime": known.get("lastTransitionTime") or times.now(),
        }
        self._record(pod, "Warning", "FailedScheduling", message)
        api = self._machine.api
        await api.call(
            api.client.patch,
            {"apiVersion": "v1", "kind": "Pod", "metadata": pod["metadata"]},
            {"metadata": {"uid": uid_of(pod)}, "status": {"conditions": [condition]}},
            content_type=STRATEGIC_PATCH,
            subresource="status",
            field_manager="kube-scheduler",
        )

    def _record(self, pod: Object, kind: str, reason: str, message: str) -> None:
        self._machine.recorder.record(Event(pod, kind, reason, message, component=_SCHEDULER))


def wants_node(pod: Object) -> bool:
    """Whether a pod waits for us to bind it."""
    spec = pod["spec"]
    return not (
        spec.get("nodeName")
        or spec.get("schedulingGates")
        or is_terminating(pod)
        or spec.get("schedulerName", _SCHEDULER) != _SCHEDULER
    )

"""Writes a pod's status: the newest one, one write at a time, changes close together as one."""

import asyncio
import logging
from collections.abc import Callable

from gitops_lab.kube import STRATEGIC_PATCH, Object
from gitops_lab.kube.errors import ApiError, Conflict, NotFound
from gitops_lab.kube.objects import uid_of
from gitops_lab.node.pods.context import PodContext
from gitops_lab.node.pods.status import PodView, status_of

log = logging.getLogger(__name__)

# A container that is created, runs and gets ready within this time is one write, not three.
_TOGETHER_SECONDS = 0.1
_AGAIN_FIRST, _AGAIN_LAST = 0.5, 30.0


class Reporter:
    """The status of one pod. Used on the node's event loop only."""

    def __init__(self, context: PodContext, view: Callable[[], PodView]) -> None:
        self._context, self._view = context, view
        self._written: Object = {}
        self._due: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._dirty = False
        self._closed = False

    def changed(self, at_once: bool) -> None:
        """There is something to tell, at once or soon."""
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        if at_once:
            self._cancel_due()
            self._begin()
        elif self._due is None:
            self._due = loop.call_later(_TOGETHER_SECONDS, self._begin)

    async def write_now(self) -> None:
        """Write what is to be told and wait for it."""
        self._cancel_due()
        self._begin()
        while self._writing is not None and not self._writing.done():
            await self._writing

    def close(self) -> None:
        """Write no more."""
        self._closed = True
        self._cancel_due()
        if self._writing is not None:
            self._writing.cancel()

    def _cancel_due(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _begin(self) -> None:
        self._due = None
        self._dirty = True
        if not self._closed and (self._writing is None or self._writing.done()):
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        delay = _AGAIN_FIRST
        while self._dirty and not self._closed:
            self._dirty = False
            status = status_of(self._with_known_times())
            if status == self._written:
                continue
            try:
                await self._patch(status)
                self._written = status
            except (NotFound, Conflict):  # the pod is gone, or another has its name
                return
            except ApiError as error:
                log.info("status of %s: %s", self._context.full_name, error)
                self._dirty = True
                await asyncio.sleep(delay)
                delay = min(delay * 2, _AGAIN_LAST)

    def _with_known_times(self) -> PodView:
        """The view, with the conditions that were written last rather than those seen last."""
        view = self._view()
        seen = view.pod.get("status") or {}
        ours = {c["type"]: c for c in self._written.get("conditions") or []}
        others = [c for c in seen.get("conditions") or [] if c["type"] not in ours]
        status = {**seen, "conditions": [*ours.values(), *others]}
        pod = {**view.pod, "status": status}
        return PodView(**{**view.__dict__, "pod": pod})

    async def _patch(self, status: Object) -> None:
        pod, api = self._context.pod, self._context.machine.api
        conditions = [{"reason": None, "message": None, **c} for c in status["conditions"]]
        merged = self._moved({**status, "conditions": conditions})
        patch = {"metadata": {"uid": uid_of(pod)}, "status": merged}
        await api.call(
            api.client.patch,
            {"apiVersion": "v1", "kind": "Pod", "metadata": pod["metadata"]},
            patch,
            content_type=STRATEGIC_PATCH,
            subresource="status",
            field_manager="kubelet",
        )

    def _moved(self, status: Object) -> Object:
        """An address is merged by its text: an earlier one has to be taken out."""
        earlier = ((self._context.pod.get("status") or {}).get("podIP")) or ""
        if not earlier or earlier == status.get("podIP", earlier):
            return status
        return {**status, "podIPs": [*status["podIPs"], {"$patch": "delete", "ip": earlier}]}

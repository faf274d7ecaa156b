"""What the containers of one pod share."""

import asyncio
import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import Object, name_of, namespace_of, uid_of
from gitops_lab.node.addresses import PodPlace
from gitops_lab.node.events import Event
from gitops_lab.node.machine import Machine
from gitops_lab.node.pods.downward import PodAddress
from gitops_lab.node.pods.environment import Reference, Sources
from gitops_lab.node.simulated import ANNOTATION, explanation


@dataclass
class PodContext:
    """A pod that is bound to this machine. `pod` is replaced when the object changes."""

    machine: Machine
    pod: Object
    place: PodPlace
    changed: Callable[[bool], None]  # the argument: write the status at once
    references: set[Reference] = field(default_factory=set)
    _nudges: set[asyncio.Event] = field(default_factory=set)

    @property
    def uid(self) -> str:
        """metadata.uid."""
        return uid_of(self.pod)

    @property
    def address(self) -> PodAddress:
        """The pod's addresses as the downward API tells them."""
        return PodAddress(self.place.ip, self.machine.config.host_address)

    @property
    def full_name(self) -> str:
        """The name in a kubelet's messages."""
        return f"{name_of(self.pod)}_{namespace_of(self.pod)}({self.uid})"

    @property
    def folder(self) -> Path:
        """All that is this pod's."""
        return pod_folder(self.machine.config.root, self.uid)

    @property
    def volumes(self) -> Path:
        """The volumes, each by its name."""
        return self.folder / "volumes"

    def log_path(self, container: str, run: int) -> Path:
        """The log of one run of a container; runs count from 0 as restarts do."""
        return self.folder / "logs" / container / f"{run}.log"

    def record(self, kind: str, reason: str, message: str, part: str = "") -> None:
        """Write an event about the pod, or about `part` of it (spec.containers{web})."""
        self.machine.recorder.record(Event(self.pod, kind, reason, message, part))

    async def mark_simulated(self, container: str, image: str, part: str) -> None:
        """Say of the pod, by annotation and event, that a container of it is not really run."""
        self.record("Warning", "Simulated", explanation(container, image), part)
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": self.pod["metadata"]}
        patch = {"metadata": {"uid": self.uid, "annotations": {ANNOTATION: "true"}}}
        if (self.pod["metadata"].get("annotations") or {}).get(ANNOTATION) != "true":
            with contextlib.suppress(ApiError):
                await self.machine.api.call(self.machine.api.client.patch, pod, patch)

    async def fetch(self, references: list[Reference]) -> Sources:
        """The objects referred to, each None where there is none. Raises ApiError."""
        self.references.update(references)
        wanted = sorted(set(references))
        namespace = namespace_of(self.pod)
        found = await asyncio.gather(
            *(self.machine.get(kind, namespace, name) for kind, name in wanted)
        )
        return dict(zip(wanted, found, strict=True))

    async def nudged(self, timeout: float) -> None:
        """Wait for a time, or less if an object that the pod refers to changes."""
        event = asyncio.Event()
        self._nudges.add(event)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await event.wait()
        finally:
            self._nudges.discard(event)

    def nudge(self) -> None:
        """An object that the pod refers to has changed."""
        for event in self._nudges:
            event.set()

    def remove(self) -> None:
        """Forget the pod: its folder and its address."""
        self.machine.addresses.release(self.uid)
        shutil.rmtree(self.folder, ignore_errors=True)


def pod_folder(root: Path, uid: str) -> Path:
    """The folder of a pod; a uid that is no plain name is refused with ValueError."""
    if not uid or not all(c.isalnum() or c == "-" for c in uid):
        raise ValueError(f"not a uid: {uid!r}")
    return root / "pods" / uid

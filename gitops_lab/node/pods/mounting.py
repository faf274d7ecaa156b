"""Filling a pod's volumes, and filling them anew when what they come from changes."""

import asyncio
import logging
from pathlib import Path

from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import Object
from gitops_lab.node import claims
from gitops_lab.node.pods import volumes
from gitops_lab.node.pods.context import PodContext
from gitops_lab.node.pods.tokens import Tokens
from gitops_lab.node.pods.volumes import MountError, VolumeSources

log = logging.getLogger(__name__)


class Mounter:
    """The volumes of one pod."""

    def __init__(self, context: PodContext) -> None:
        self._context = context
        self._mounted = False
        self._again = False
        self._task: asyncio.Task[None] | None = None
        self._tokens = Tokens(context)
        self._renewal: asyncio.TimerHandle | None = None

    async def mount(self) -> None:
        """Make all volumes. Raises MountError, or ApiError."""
        self._context.volumes.mkdir(parents=True, exist_ok=True)
        declared = self._context.pod["spec"].get("volumes") or []
        if declared:
            sources = await self._sources()
            for volume in declared:
                self._make(volume, sources)
        self._mounted = True

    def refresh(self) -> None:
        """Fill the projected volumes anew, soon; calls in between count as one more."""
        if not self._mounted:
            return
        if self._task is not None and not self._task.done():
            self._again = True
            return
        self._task = asyncio.create_task(self._refresh())

    async def _refresh(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            try:
                await self.mount()
            except (MountError, ApiError) as error:  # the old content stays, as in life
                log.info("pod %s keeps its volumes: %s", self._context.full_name, error)

    async def _sources(self) -> VolumeSources:
        pod = self._context.pod
        objects = await self._context.fetch(volumes.references(pod))
        tokens = {wanted: await self._tokens.get(wanted) for wanted in volumes.tokens_wanted(pod)}
        self._renew_later()
        return VolumeSources(objects, self._context.address, tokens)

    def _renew_later(self) -> None:
        """Fill the volumes anew when the first of their tokens is old."""
        seconds = self._tokens.next_renewal()
        if seconds is None:
            return
        if self._renewal is not None:
            self._renewal.cancel()
        self._renewal = asyncio.get_running_loop().call_later(seconds, self.refresh)

    def close(self) -> None:
        """The pod is gone."""
        if self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None

    def _make(self, volume: Object, sources: VolumeSources) -> None:
        folder = self._context.volumes / volume["name"]
        try:
            if volumes.is_projected(volume):
                files = volumes.files_of(self._context.pod, volume, sources)
                volumes.write_files(folder, files)
            else:
                self._make_storage(volume, sources, folder)
        except (MountError, OSError, ValueError) as error:
            name = volume["name"]
            raise MountError(f'MountVolume.SetUp failed for volume "{name}" : {error}') from error

    def _make_storage(self, volume: Object, sources: VolumeSources, folder: Path) -> None:
        if "emptyDir" in volume or set(volume) == {"name"}:
            folder.mkdir(exist_ok=True)
        elif claim := volume.get("persistentVolumeClaim"):
            name = str(claim["claimName"])
            held = sources.objects.get((claims.KIND, name))
            stored = self._context.machine.storage.folder(claims.folder_of(held, name))
            if not folder.is_symlink():
                folder.symlink_to(stored)
        else:
            kind = next((key for key in volume if key != "name"), "")
            raise MountError(f"volumes of the kind {kind} are not offered")

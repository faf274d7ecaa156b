"""What becomes of volumes: available, bound, released, deleted."""

from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.controllers.framework.written import Written
from gitops_lab.controllers.volumes.classes import PROVISIONER
from gitops_lab.controllers.volumes.matching import PROVISIONED_BY
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import Object, annotations_of, name_of, uid_of


class VolumesController(Controller):
    """Keeps the phase of every volume, and deletes released ones whose policy says so.

    The folder behind a deleted volume is removed by the node.
    """

    name = "persistentvolume-phases"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._volumes = context.informers.of("v1", "PersistentVolume")
        self._claims = context.informers.of("v1", "PersistentVolumeClaim")
        self._written = Written()
        self._volumes.subscribe(self.enqueue_object)
        self._claims.subscribe(self._on_claim)

    def sync(self, key: Key) -> None:
        """Set one volume's phase."""
        volume = self._volumes.get(*key)
        if volume is None:
            return
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        reference = volume["spec"].get("claimRef") or {}
        if not reference.get("uid"):
            self._set_phase(volume, "Available")
        elif not self._is_claimed(volume, reference):
            self._release(volume)

    def _is_claimed(self, volume: Object, reference: Object) -> bool:
        """Whether the claim stands; the server is asked before a volume is let go."""
        place = (str(reference["namespace"]), str(reference["name"]))
        claim = self._claims.get(*place)
        if claim is None:
            try:
                claim = self.client.get("v1", "PersistentVolumeClaim", place[1], place[0])
            except NotFound:
                return False
        return uid_of(claim) == str(reference["uid"])

    def _release(self, volume: Object) -> None:
        self._set_phase(volume, "Released")
        spec = volume["spec"]
        ours = annotations_of(volume).get(PROVISIONED_BY) == PROVISIONER
        if ours and spec.get("persistentVolumeReclaimPolicy") == "Delete":
            try:
                self.client.delete("v1", "PersistentVolume", name_of(volume))
            except NotFound:
                return

    def _set_phase(self, volume: Object, phase: str) -> None:
        status = volume.get("status") or {}
        if status.get("phase") != phase:
            changed = {**volume, "status": {**status, "phase": phase}}
            answer = self.client.update(changed, subresource="status")
            self._written.note(key_of(volume), self._volumes, answer)

    def _on_claim(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED" and new["spec"].get("volumeName"):
            self.enqueue(("", str(new["spec"]["volumeName"])))

"""Which claims to sync when, and how each comes to its volume."""

from collections.abc import Callable

from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.controllers.framework.written import Written
from gitops_lab.controllers.volumes import matching
from gitops_lab.controllers.volumes.classes import PROVISIONER, class_of, default_class
from gitops_lab.kube.errors import AlreadyExists
from gitops_lab.kube.objects import Object, annotations_of, is_terminating, name_of, namespace_of

_WAITING = "waiting for first consumer to be created before binding"
_NONE = "no persistent volumes available for this claim and no storage class is set"
_EXTERNAL = (
    "Waiting for a volume to be created either by the external provisioner '{}' or manually by "
    "the system administrator. If volume creation is delayed, please verify that the provisioner "
    "is running and correctly registered."
)


class ClaimsController(Controller):
    """Binds every claim to a volume; makes one where its class is ours."""

    name = "persistentvolume-controller"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._claims = context.informers.of("v1", "PersistentVolumeClaim")
        self._volumes = context.informers.of("v1", "PersistentVolume")
        self._classes = context.informers.of("storage.k8s.io/v1", "StorageClass")
        self._provisioner = context.recorder.source(PROVISIONER)
        self._written = Written()
        self._claims.subscribe(self.enqueue_object)
        self._volumes.subscribe(self._on_volume)
        self._classes.subscribe(self._on_class)

    def sync(self, key: Key) -> None:
        """Bring one claim closer to a volume."""
        claim = self._claims.get(*key)
        if claim is None:
            return
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        if matching.BIND_COMPLETED in annotations_of(claim):
            self._sync_bound(claim)
        elif is_terminating(claim):
            return
        elif named := claim["spec"].get("volumeName"):
            self._sync_named(claim, str(named))
        else:
            self._sync_unbound(claim)

    def _sync_bound(self, claim: Object) -> None:
        volume = self._volumes.get("", str(claim["spec"].get("volumeName") or ""))
        if volume is not None and matching.is_for(volume, claim):
            self._bind(volume, claim)
            return
        if claim["status"].get("phase") == "Lost":
            return
        message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
        self._set_status(claim, {"phase": "Lost"})
        self.events.warning(claim, "ClaimLost", message)

    def _sync_named(self, claim: Object, name: str) -> None:
        volume = self._volumes.get("", name)
        if volume is None:
            return
        if volume["spec"].get("claimRef") and not matching.is_for(volume, claim):
            message = f'volume "{name}" already bound to a different claim.'
            self.events.warning(claim, "FailedBinding", message)
            return
        if why := matching.mismatch(volume, claim):
            message = f'Cannot bind to requested volume "{name}": {why}'
            self.events.warning(claim, "VolumeMismatch", message)
            return
        self._bind(volume, claim)

    def _sync_unbound(self, claim: Object) -> None:
        storage_class = self._classes.get("", class_of(claim))
        waits = _is_delayed(storage_class) and not _has_consumer(claim)
        volumes = self._volumes.in_namespace("")
        volume = matching.best_match(claim, volumes, reserved_only=waits)
        if volume is not None:
            self._bind(volume, claim)
        elif claim["spec"].get("storageClassName") is None and self._give_class(claim):
            return
        elif not class_of(claim):
            self.events.normal(claim, "FailedBinding", _NONE)
        elif storage_class is None:
            message = f'storageclass.storage.k8s.io "{class_of(claim)}" not found'
            self.events.warning(claim, "ProvisioningFailed", message)
        elif waits:
            self.events.normal(claim, "WaitForFirstConsumer", _WAITING)
        else:
            self._provision(claim, storage_class)

    def _give_class(self, claim: Object) -> bool:
        """A claim from before there was a default class gets it now."""
        chosen = default_class(self._classes.in_namespace(""))
        if chosen is None:
            return False
        spec = {**claim["spec"], "storageClassName": name_of(chosen)}
        self._note(claim, self.client.update({**claim, "spec": spec}))
        return True

    def _provision(self, claim: Object, storage_class: Object) -> None:
        provisioner = storage_class["provisioner"]
        wanted = dict.fromkeys(matching.STORAGE_PROVISIONERS, provisioner)
        held = annotations_of(claim)
        if any(held.get(name) != value for name, value in wanted.items()):
            metadata = {**claim["metadata"], "annotations": {**held, **wanted}}
            claim = self.client.update({**claim, "metadata": metadata})
            self._note(claim, claim)
        self.events.normal(claim, "ExternalProvisioning", _EXTERNAL.format(provisioner))
        if provisioner != PROVISIONER:
            return
        volume = matching.new_volume(claim, storage_class)
        try:
            self.client.create(volume)
        except AlreadyExists:
            return
        message = f"Successfully provisioned volume {name_of(volume)}"
        self._provisioner.normal(claim, "ProvisioningSucceeded", message)

    # -- binding: the volume first, so that no other claim takes it

    def _bind(self, volume: Object, claim: Object) -> None:
        reference = volume["spec"].get("claimRef") or {}
        if not reference.get("uid"):
            spec = {**volume["spec"], "claimRef": matching.claim_reference(claim)}
            metadata = dict(volume["metadata"])
            if not reference:
                marked = {**annotations_of(volume), matching.BOUND_BY_CONTROLLER: "yes"}
                metadata["annotations"] = marked
            volume = self.client.update({**volume, "metadata": metadata, "spec": spec})
        if (volume.get("status") or {}).get("phase") != "Bound":
            status = {**(volume.get("status") or {}), "phase": "Bound"}
            self.client.update({**volume, "status": status}, subresource="status")
        self._bind_claim(volume, claim)

    def _bind_claim(self, volume: Object, claim: Object) -> None:
        held = annotations_of(claim)
        named = claim["spec"].get("volumeName")
        if not named or matching.BIND_COMPLETED not in held:
            marks = {matching.BIND_COMPLETED: "yes"}
            if not named:
                marks[matching.BOUND_BY_CONTROLLER] = "yes"
            metadata = {**claim["metadata"], "annotations": {**held, **marks}}
            spec = {**claim["spec"], "volumeName": name_of(volume)}
            claim = self.client.update({**claim, "metadata": metadata, "spec": spec})
            self._note(claim, claim)
        wanted = {
            "phase": "Bound",
            "accessModes": volume["spec"]["accessModes"],
            "capacity": {"storage": volume["spec"]["capacity"]["storage"]},
        }
        self._set_status(claim, wanted)

    def _set_status(self, claim: Object, wanted: Object) -> None:
        status = {**(claim.get("status") or {}), **wanted}
        if status != claim.get("status"):
            answer = self.client.update({**claim, "status": status}, subresource="status")
            self._note(claim, answer)

    def _note(self, claim: Object, answer: Object) -> None:
        self._written.note(key_of(claim), self._claims, answer)

    # -- what wakes a claim

    def _on_volume(self, kind: str, new: Object, old: Object | None) -> None:
        reference = new["spec"].get("claimRef")
        if reference:
            self.enqueue((reference["namespace"], reference["name"]))
        elif kind != "DELETED":
            self._wake(lambda claim: class_of(claim) == class_of(new))

    def _on_class(self, kind: str, new: Object, old: Object | None) -> None:
        self._wake(lambda claim: class_of(claim) in ("", name_of(new)))

    def _wake(self, concerned: Callable[[Object], bool]) -> None:
        for claim in self._claims.every():
            pending = matching.BIND_COMPLETED not in annotations_of(claim)
            if pending and concerned(claim):
                self.enqueue((namespace_of(claim), name_of(claim)))


def _is_delayed(storage_class: Object | None) -> bool:
    return (storage_class or {}).get("volumeBindingMode") == "WaitForFirstConsumer"


def _has_consumer(claim: Object) -> bool:
    """Whether the scheduler has chosen a node for a pod that mounts the claim."""
    return matching.SELECTED_NODE in annotations_of(claim)

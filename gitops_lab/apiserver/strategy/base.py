"""The rules that most kinds share."""

from gitops_lab.apiserver.fields.reset import reset_fields
from gitops_lab.apiserver.types.golang import empty_form
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.apiserver.validation import FieldError
from gitops_lab.kube.objects import Object

# Kinds whose metadata.generation counts changes of everything but metadata and status.
_COUNTED = frozenset(
    {
        "apps/daemonsets",
        "apps/deployments",
        "apps/replicasets",
        "apps/statefulsets",
        "admissionregistration.k8s.io/mutatingadmissionpolicies",
        "admissionregistration.k8s.io/mutatingadmissionpolicybindings",
        "admissionregistration.k8s.io/mutatingwebhookconfigurations",
        "admissionregistration.k8s.io/validatingadmissionpolicies",
        "admissionregistration.k8s.io/validatingadmissionpolicybindings",
        "admissionregistration.k8s.io/validatingwebhookconfigurations",
        "apiextensions.k8s.io/customresourcedefinitions",
        "autoscaling/horizontalpodautoscalers",
        "batch/cronjobs",
        "batch/jobs",
        "flowcontrol.apiserver.k8s.io/flowschemas",
        "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations",
        "networking.k8s.io/ingresses",
        "networking.k8s.io/ingressclasses",
        "networking.k8s.io/networkpolicies",
        "policy/poddisruptionbudgets",
        "scheduling.k8s.io/priorityclasses",
        "/pods",
        "/podtemplates",
        "/replicationcontrollers",
    }
)

# Kinds of which a PUT makes an object that is not there yet.
_CREATED_BY_UPDATE = frozenset(
    {
        "coordination.k8s.io/leases",
        "node.k8s.io/runtimeclasses",
        "rbac.authorization.k8s.io/clusterrolebindings",
        "rbac.authorization.k8s.io/clusterroles",
        "rbac.authorization.k8s.io/rolebindings",
        "rbac.authorization.k8s.io/roles",
        "/endpoints",
        "/events",
        "/limitranges",
        "/services",
    }
)

# Kinds of which a PUT has to say which version it replaces.
_VERSIONED = frozenset(
    {
        "admissionregistration.k8s.io/mutatingadmissionpolicies",
        "admissionregistration.k8s.io/mutatingadmissionpolicybindings",
        "admissionregistration.k8s.io/mutatingwebhookconfigurations",
        "admissionregistration.k8s.io/validatingadmissionpolicies",
        "admissionregistration.k8s.io/validatingadmissionpolicybindings",
        "admissionregistration.k8s.io/validatingwebhookconfigurations",
        "certificates.k8s.io/clustertrustbundles",
        "certificates.k8s.io/podcertificaterequests",
        "coordination.k8s.io/leases",
        "node.k8s.io/runtimeclasses",
        "policy/poddisruptionbudgets",
        "storage.k8s.io/csidrivers",
        "storage.k8s.io/csinodes",
        "storage.k8s.io/csistoragecapacities",
        "storage.k8s.io/volumeattachments",
    }
)

# Kinds that a DELETE answers with the object; the others with a Status.
_RETURNED = frozenset(
    {
        "/persistentvolumeclaims",
        "/persistentvolumes",
        "/pods",
        "/podtemplates",
        "/resourcequotas",
        "/serviceaccounts",
        "/services",
        "storage.k8s.io/csidrivers",
        "storage.k8s.io/csinodes",
        "storage.k8s.io/storageclasses",
        "storage.k8s.io/volumeattachments",
        "storage.k8s.io/volumeattributesclasses",
        "policy/podsecuritypolicies",
    }
)


class Claim:
    """Something taken for a write (an address, a port); kept or given back with its outcome."""

    def keep(self) -> None:
        """The write is stored."""

    def give_back(self) -> None:
        """The write failed, or was a dry run."""


NO_CLAIM = Claim()


class Strategy:
    """Rules of one resource. The `prepare_` methods change the new object in place.

    `graceful` kinds are deleted in two steps: marked first, removed by whoever runs them.
    """

    graceful = False

    # Namespaces and definitions have a way of their own to be deleted: it is no new generation,
    # and no grace period is noted.
    counts_deletion = True

    def __init__(self, resource: Resource) -> None:
        path = f"{resource.group}/{resource.plural}"
        self.resource = resource
        self.has_status = resource.subresource("status") is not None
        self.counts_generation = resource.custom or path in _COUNTED
        self.create_on_update = path in _CREATED_BY_UPDATE
        self.returns_deleted = path in _RETURNED
        self.unconditional_update = not resource.custom and path not in _VERSIONED

    def prepare_create(self, new: Object) -> None:
        """Drop what a creator may not set, fill in what the server sets."""
        if self.has_status:
            self.reset_status(new, None)
        new["metadata"].pop("generation", None)
        if self.counts_generation:
            new["metadata"]["generation"] = 1

    def identified(self, new: Object) -> None:
        """The new object once it has its name, uid and creation time."""

    def prepare_update(self, new: Object, old: Object) -> None:
        """Keep the status, count the generation."""
        if self.has_status:
            self.reset_status(new, old)
        self._keep_generation(new, old)
        if self.counts_generation and self.changed(new, old):
            new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    def prepare_part(self, new: Object, old: Object, door: str) -> None:
        """A write through a door that is for one part of the object."""
        raise NotImplementedError(door)

    def prepare_status(self, new: Object, old: Object) -> None:
        """A write of /status: everything but the status, labels and the like stays."""
        for name in [name for name in new if name not in ("metadata", "status")]:
            del new[name]
        new.update({k: v for k, v in old.items() if k not in ("metadata", "status")})
        self._keep_generation(new, old)
        metadata, before = new["metadata"], old["metadata"]
        for name in ("deletionTimestamp", *self._kept_by_status()):
            metadata.pop(name, None)
            if name in before:
                metadata[name] = before[name]

    def refuse_delete(self, old: Object) -> None:
        """Raises StatusError when the object may not be deleted."""

    def _kept_by_status(self) -> tuple[str, ...]:
        """Metadata that a write of /status can't change, as the field rules of that door say."""
        reset = reset_fields(self.resource.schema, "status").get("f:metadata")
        if reset is None:
            return ("ownerReferences",)
        if not reset:
            return ("labels", "annotations", "finalizers", "ownerReferences")
        return ("ownerReferences", *(name.removeprefix("f:") for name in reset))

    def prepare_delete(self, new: Object) -> None:
        """The object before it is marked as being deleted."""

    def reset_status(self, new: Object, old: Object | None) -> None:
        """Put the status of the stored object, or of a fresh one, in place of the writer's."""
        status = (old or {}).get("status", self.initial_status(new) if old is None else None)
        if status is None:
            new.pop("status", None)
        else:
            new["status"] = status

    def initial_status(self, new: Object) -> Object | None:
        """The status of a fresh object."""
        if self.resource.custom:
            return None
        status: Object = empty_form(self.resource.schema.name).get("status") or {}
        return status

    def changed(self, new: Object, old: Object) -> bool:
        """Whether an update counts as a new generation."""
        ignored = ("metadata", "status") if self.has_status else ("metadata",)
        names = (new.keys() | old.keys()) - set(ignored)
        return any(new.get(name) != old.get(name) for name in names)

    def check(self, new: Object, old: Object | None, subresource: str) -> list[FieldError]:
        """What is wrong with a write beyond the schema's rules."""
        return []

    def claim(self, new: Object, old: Object | None) -> Claim:
        """Take what the object needs. Raises StatusError 422 when it can't be had."""
        return NO_CLAIM

    def deleted(self, old: Object) -> None:
        """Free what a deleted object held."""

    def grace(self, obj: Object, asked: int | None) -> int:
        """Seconds that a deletion leaves to someone else to finish; 0 deletes at once."""
        return 0

    @staticmethod
    def _keep_generation(new: Object, old: Object) -> None:
        new["metadata"].pop("generation", None)
        if "generation" in old["metadata"]:
            new["metadata"]["generation"] = old["metadata"]["generation"]

"""CustomResourceDefinitions: which versions have ever been stored, and a deletion with clean-up."""

from gitops_lab.apiserver.crds import check_definition, marked_for_deletion
from gitops_lab.apiserver.strategy.base import Strategy
from gitops_lab.apiserver.validation import FieldError
from gitops_lab.kube.objects import Object

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"


class DefinitionStrategy(Strategy):
    """What apiextensions does when a definition is written; the rest follows in crds/."""

    counts_deletion = False

    def initial_status(self, new: Object) -> Object | None:
        """The storage version has been stored, as far as anybody can know."""
        return {
            "conditions": None,
            "acceptedNames": {"plural": "", "kind": ""},
            "storedVersions": _storage_versions(new),
        }

    def prepare_update(self, new: Object, old: Object) -> None:
        """A new storage version joins those that were stored before."""
        super().prepare_update(new, old)
        status = new.setdefault("status", {})
        stored = status.get("storedVersions") or []
        added = [name for name in _storage_versions(new) if name not in stored]
        if added:
            new["status"] = {**status, "storedVersions": [*stored, *added]}

    def prepare_delete(self, new: Object) -> None:
        """The finalizer holds the definition until its objects are gone."""
        if "deletionTimestamp" in new["metadata"]:
            return
        finalizers = new["metadata"].get("finalizers") or []
        if CLEANUP not in finalizers:
            new["metadata"]["finalizers"] = [*finalizers, CLEANUP]
        new["status"] = marked_for_deletion(new.get("status") or {})

    def check(self, new: Object, old: Object | None, subresource: str) -> list[FieldError]:
        """Structural schemas, names, versions."""
        if subresource == "status" or not isinstance(new.get("spec"), dict):
            return []
        return check_definition(new, old)


def _storage_versions(definition: Object) -> list[str]:
    versions = (definition.get("spec") or {}).get("versions") or []
    return [each["name"] for each in versions if each.get("storage") and each.get("name")]

"""Whose an object is: the tracking id, or a label, as `argocd-cm` says. Pure.

The id names the object too: `app:group/Kind:namespace/name`. Copied onto another object, as some
controllers copy annotations, it means nothing.
"""

from dataclasses import dataclass

from gitops_lab.dialects.argocd.seams import Settings
from gitops_lab.engine.app import App
from gitops_lab.kube.objects import (
    Object,
    ObjectKey,
    annotations_of,
    labels_of,
)

TRACKING_ID = "argocd.argoproj.io/tracking-id"
INSTALLATION_ID = "argocd.argoproj.io/installation-id"
LABEL = "label"
ANNOTATION = "annotation"
_LONGEST_LABEL = 63


def tracking_id(app: str, key: ObjectKey, namespace: str) -> str:
    """The id of an object of an Application; `namespace` where the object itself has none."""
    return f"{app}:{key.group}/{key.kind}:{key.namespace or namespace}/{key.name}"


@dataclass(frozen=True)
class Tracking:
    """The marks, for the engine's watches too (`ownership.Marks`)."""

    settings: Settings
    selector: str = ""

    def written(self, obj: Object, app: str, namespace: str) -> Object:
        """The object with the marks of an Application."""
        metadata = dict(obj.get("metadata") or {})
        settings = self.settings
        annotations = dict(metadata.get("annotations") or {})
        if settings.tracking != LABEL:
            annotations[TRACKING_ID] = tracking_id(app, ObjectKey.of(obj), namespace)
        if settings.installation_id:
            annotations[INSTALLATION_ID] = settings.installation_id
        if annotations or settings.tracking == LABEL:
            metadata["annotations"] = annotations
        if settings.tracking != ANNOTATION:
            label = app[:_LONGEST_LABEL]
            metadata["labels"] = {
                **(metadata.get("labels") or {}),
                settings.instance_label: label,
            }
        return {**obj, "metadata": metadata}

    def owner_of(self, obj: Object) -> str:
        """The Application (`name` or `namespace_name`) of a live object; "" for none."""
        settings = self.settings
        if settings.tracking == LABEL:
            return labels_of(obj).get(settings.instance_label, "")
        annotations = annotations_of(obj)
        if settings.installation_id != annotations.get(INSTALLATION_ID, ""):
            return ""
        app, _, rest = annotations.get(TRACKING_ID, "").partition(":")
        key = ObjectKey.of(obj)
        kind, _, place = rest.partition(":")
        namespace, _, name = place.partition("/")
        same = kind == f"{key.group}/{key.kind}" and name == key.name
        if not same or (key.namespace and namespace != key.namespace):
            return ""
        return app

    # -- as the engine's watches want them

    def mark(self, obj: Object, app: App) -> Object:
        """As `written`."""
        return self.written(obj, app.name, app.destination.namespace)

    def may_prune(self, obj: Object) -> bool:
        """Asked elsewhere."""
        return True

    def may_delete(self, obj: Object) -> bool:
        """Asked elsewhere."""
        return True

    def needs_approval(self, obj: Object) -> bool:
        """Asked elsewhere."""
        return False

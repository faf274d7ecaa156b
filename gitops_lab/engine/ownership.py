"""The marks on managed objects: whose they are, and whether they may be pruned. Pure."""

from typing import Protocol

from gitops_lab.engine.app import GROUP, App
from gitops_lab.kube.objects import Object, annotations_of

APP_LABEL = f"{GROUP}/app"
APP_ID = f"{GROUP}/app-id"
PRUNE = f"{GROUP}/prune"
FIELD_MANAGER = "gitops-lab"
_LONGEST_LABEL = 63


class Marks(Protocol):
    """How an engine marks what is its own; part of its Semantics."""

    @property
    def selector(self) -> str:
        """The label selector that finds all marked objects; "" where no label does."""

    def mark(self, obj: Object, app: App) -> Object:
        """The object with the App's marks; the rest is shared, not copied."""

    def owner_of(self, obj: Object) -> str:
        """The id of the App that an object belongs to; "" when it belongs to none."""

    def may_prune(self, obj: Object) -> bool:
        """False when the object asks to be kept when it leaves Git."""

    def may_delete(self, obj: Object) -> bool:
        """False when the object asks to be kept when its App goes."""

    def needs_approval(self, obj: Object) -> bool:
        """True when the object asks that somebody says yes before it is pruned."""


class NativeMarks:
    """A label to find them by, and an annotation that names the App."""

    selector = APP_LABEL

    def mark(self, obj: Object, app: App) -> Object:
        """The object with the App's label and annotation; the rest is shared, not copied."""
        metadata = dict(obj.get("metadata") or {})
        label = app.name[:_LONGEST_LABEL].rstrip("-._")
        metadata["labels"] = {**(metadata.get("labels") or {}), APP_LABEL: label}
        metadata["annotations"] = {**(metadata.get("annotations") or {}), APP_ID: app.id}
        return {**obj, "metadata": metadata}

    def owner_of(self, obj: Object) -> str:
        """`namespace/name` of the App that an object belongs to; "" when it belongs to none."""
        return annotations_of(obj).get(APP_ID, "")

    def may_prune(self, obj: Object) -> bool:
        """False when the object asks to be kept."""
        return annotations_of(obj).get(PRUNE, "").lower() != "disabled"

    may_delete = may_prune

    def needs_approval(self, obj: Object) -> bool:
        """True when the object asks that somebody says yes before it is pruned."""
        return annotations_of(obj).get(PRUNE, "").lower() == "confirm"


NATIVE_MARKS = NativeMarks()

"""A resource while its controller works on it: a copy whose status is written when it changed.

The conditions stand in the order in which Flux keeps them: Reconciling, Stalled and Ready first,
the others by name.
"""

import contextlib
from collections.abc import Mapping
from typing import Any

from gitops_lab.dialects.conditions import find_condition, with_condition, without_condition
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.merge_patch import merge_patch
from gitops_lab.kube.objects import annotations_of, copied, name_of, namespace_of

READY, RECONCILING, STALLED = "Ready", "Reconciling", "Stalled"
FINALIZER = "finalizers.fluxcd.io"
REQUESTED_AT = "reconcile.fluxcd.io/requestedAt"
_FIRST = (RECONCILING, STALLED, READY)


class Draft:
    """Of one resource. `obj` is its own copy; `status` is the part that is written back."""

    def __init__(self, client: Client, obj: Object, manager: str) -> None:
        self.client = client
        self.obj: Object = copied(obj)
        self._manager = manager
        self._written: dict[str, Any] = copied(self.obj.get("status") or {})
        self.status: dict[str, Any] = self.obj.setdefault("status", {})

    @classmethod
    def newest(cls, client: Client, seen: Object, manager: str) -> "Draft | None":
        """Of the resource as the server has it now; None when it is gone."""
        try:
            obj = client.get(seen["apiVersion"], seen["kind"], name_of(seen), namespace_of(seen))
        except NotFound:
            return None
        return cls(client, obj, manager)

    @property
    def spec(self) -> dict[str, Any]:
        """What is asked for."""
        spec: dict[str, Any] = self.obj.get("spec") or {}
        return spec

    @property
    def name(self) -> str:
        """metadata.name."""
        return name_of(self.obj)

    @property
    def namespace(self) -> str:
        """metadata.namespace."""
        return namespace_of(self.obj)

    @property
    def generation(self) -> int:
        """metadata.generation."""
        return int(self.obj["metadata"].get("generation", 0))

    @property
    def deleting(self) -> bool:
        """Whether it has a deletionTimestamp."""
        return "deletionTimestamp" in self.obj["metadata"]

    def condition(self, kind: str) -> Mapping[str, Any]:
        """The condition of this type, empty when there is none."""
        return find_condition(self.status.get("conditions"), kind) or {}

    def mark(self, kind: str, status: str, reason: str, message: str) -> None:
        """Set a condition, as seen at this generation."""
        conditions = self.status.get("conditions")
        self._keep(with_condition(conditions, kind, status, reason, message, self.generation))

    def unmark(self, *kinds: str) -> None:
        """Take conditions away."""
        self._keep(without_condition(self.status.get("conditions"), *kinds))

    def is_true(self, kind: str) -> bool:
        """Whether the condition is there and True."""
        return self.condition(kind).get("status") == "True"

    def reconciling(self, reason: str, message: str) -> None:
        """Work goes on; Stalled and Reconciling never stand together."""
        self.unmark(STALLED)
        self.mark(RECONCILING, "True", reason, message)

    def stalled(self, reason: str, message: str) -> None:
        """Nothing more happens until somebody changes something."""
        self.unmark(RECONCILING)
        self.mark(STALLED, "True", reason, message)

    def failed(self, reason: str, message: str) -> None:
        """Ready is False."""
        self.mark(READY, "False", reason, message)

    def observed(self) -> None:
        """This generation has been dealt with."""
        self.status["observedGeneration"] = self.generation

    def handled(self) -> None:
        """Echo `reconcile.fluxcd.io/requestedAt`, which is how `flux reconcile` knows."""
        if value := annotations_of(self.obj).get(REQUESTED_AT):
            self.status["lastHandledReconcileAt"] = value

    def write(self) -> None:
        """Write the status if it differs from what was written last. Raises ApiError."""
        patch = merge_patch(self._written, self.status)
        if not patch:
            return
        with contextlib.suppress(NotFound):
            self.client.patch(
                self.obj, {"status": patch}, subresource="status", field_manager=self._manager
            )
        self._written = copied(self.status)

    def hold(self) -> bool:
        """Put Flux's finalizer on; whether it was missing. Raises ApiError."""
        finalizers = self._finalizers()
        if FINALIZER in finalizers:
            return False
        self._write_finalizers([*finalizers, FINALIZER])
        return True

    def release(self) -> None:
        """Take Flux's finalizer off. Raises ApiError."""
        finalizers = self._finalizers()
        if FINALIZER in finalizers:
            self._write_finalizers([one for one in finalizers if one != FINALIZER])

    def _finalizers(self) -> list[str]:
        return list(self.obj["metadata"].get("finalizers") or [])

    def _write_finalizers(self, finalizers: list[str]) -> None:
        with contextlib.suppress(NotFound):
            self.client.patch(
                self.obj, {"metadata": {"finalizers": finalizers}}, field_manager=self._manager
            )
        self.obj["metadata"]["finalizers"] = finalizers

    def _keep(self, conditions: list[dict[str, Any]]) -> None:
        self.status["conditions"] = sorted(conditions, key=_order)


def _order(condition: Mapping[str, Any]) -> tuple[int, str]:
    kind = str(condition.get("type"))
    return (_FIRST.index(kind) if kind in _FIRST else len(_FIRST), kind)

"""A Kustomization's spec as values, with kustomize-controller's defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.dialects.flux.durations import seconds
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.objects import group_of, namespace_of

GROUP = "kustomize.toolkit.fluxcd.io"
API_VERSION, KIND = f"{GROUP}/v1", "Kustomization"
CONTROLLER = "kustomize-controller"
SHORTEST_TIMEOUT = 30.0


@dataclass(frozen=True)
class SourceRef:
    """The source that a Kustomization builds from."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}"


@dataclass(frozen=True)
class Spec:
    """What is read often; the rest is in `raw`."""

    raw: Mapping[str, Any]
    namespace: str
    source: SourceRef
    interval: float
    retry: float
    timeout: float

    @classmethod
    def of(cls, obj: Object) -> "Spec":
        """Of a Kustomization that its definition has let through."""
        raw, namespace = obj["spec"], namespace_of(obj)
        ref = raw["sourceRef"]
        interval = seconds(raw["interval"])
        return cls(
            raw,
            namespace,
            SourceRef(ref["kind"], ref.get("namespace") or namespace, ref["name"]),
            interval,
            seconds(raw.get("retryInterval"), interval),
            # Not the interval, as the field's description has it.
            max(seconds(raw.get("timeout"), interval - SHORTEST_TIMEOUT), SHORTEST_TIMEOUT),
        )

    def get(self, name: str) -> Any:
        """A field as it was written."""
        return self.raw.get(name)

    @property
    def path(self) -> str:
        """The folder to build, relative to the top."""
        return str(self.get("path") or ".")

    @property
    def prunes(self) -> bool:
        """Whether what left the source is deleted."""
        return bool(self.get("prune"))

    @property
    def removes(self) -> bool:
        """Whether what it made goes with it, by its policy."""
        policy = self.get("deletionPolicy") or "MirrorPrune"
        return self.prunes if policy == "MirrorPrune" else policy != "Orphan"

    @property
    def waits_for_termination(self) -> bool:
        """Whether it stays until what it made is gone."""
        return bool(self.get("deletionPolicy") == "WaitForTermination")

    @property
    def checked(self) -> list[tuple[ObjectKey, str]]:
        """The objects of `healthChecks`, with their versions."""
        return [
            (
                ObjectKey(
                    group_of(one.get("apiVersion") or "v1"),
                    one["kind"],
                    one.get("namespace") or "",
                    one["name"],
                ),
                str(one.get("apiVersion") or "v1").rpartition("/")[2],
            )
            for one in self.get("healthChecks") or []
        ]

    def dependencies(self) -> list[tuple[str, str, str]]:
        """(namespace, name, readyExpr) of each."""
        return [
            (one.get("namespace") or self.namespace, one["name"], one.get("readyExpr") or "")
            for one in self.get("dependsOn") or []
        ]

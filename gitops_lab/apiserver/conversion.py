"""Resources that are two views of the same stored objects, each at one version.

Events are stored as core/v1 has them; events.k8s.io/v1 shows the same ones under other field names.
"""

from dataclasses import dataclass
from typing import Protocol

import orjson

from gitops_lab.apiserver.autoscalers import AutoscalerV1
from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.store.entry import Body
from gitops_lab.apiserver.types.registry import Resource


class Conversion(Protocol):
    """Between what is stored, and where, and what a resource shows."""

    @property
    def collection(self) -> str: ...  # noqa: D102
    def outward(self, body: Body) -> Body: ...  # noqa: D102
    def inward(self, body: Body) -> Body: ...  # noqa: D102
    def shown(self, entry: Entry) -> Entry: ...  # noqa: D102


@dataclass(frozen=True)
class Renaming:
    """Where the objects are stored, and (stored name, shown name) of the fields that differ.

    `always` are stored text fields that are there even when empty, and are not shown then.
    """

    collection: str
    renamed: tuple[tuple[str, str], ...]
    always: tuple[str, ...] = ()

    def outward(self, body: Body) -> Body:
        """A stored object as the resource shows it."""
        names = dict(self.renamed)
        kept = {k: v for k, v in body.items() if v != "" or k not in self.always}
        return {names.get(key, key): value for key, value in kept.items()}

    def inward(self, body: Body) -> Body:
        """An object of the resource as it is stored."""
        names = {shown: stored for stored, shown in self.renamed}
        stored = {names.get(key, key): value for key, value in body.items()}
        return {**stored, **{key: stored.get(key, "") for key in self.always}}

    def shown(self, entry: Entry) -> Entry:
        """An entry whose body is the resource's."""
        body = orjson.dumps(self.outward(entry.parsed()))
        return Entry(entry.key, entry.rv, body, entry.labels)


_EVENTS = Renaming(
    "/events",
    (
        ("count", "deprecatedCount"),
        ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("involvedObject", "regarding"),
        ("lastTimestamp", "deprecatedLastTimestamp"),
        ("message", "note"),
        ("reportingComponent", "reportingController"),
        ("source", "deprecatedSource"),
    ),
    ("reportingComponent", "reportingInstance"),
)
_CONVERSIONS: dict[str, Conversion] = {
    "events.k8s.io/v1/events": _EVENTS,
    "autoscaling/v1/horizontalpodautoscalers": AutoscalerV1(),
}


def conversion_of(resource: Resource) -> Conversion | None:
    """How a resource's objects differ from the stored ones; None for nearly all: not at all."""
    return _CONVERSIONS.get(f"{resource.group}/{resource.version}/{resource.plural}")


def collection_of(resource: Resource) -> str:
    """Where a resource's objects are stored, whatever the version: "group/plural"."""
    conversion = conversion_of(resource)
    return conversion.collection if conversion else f"{resource.group}/{resource.plural}"

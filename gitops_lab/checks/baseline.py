"""How things stood when a step began, so that a check can tell what happened since."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Stood:
    """An object as it stood: which one it was, and how often its spec had changed."""

    uid: str
    generation: int
    resource_version: str = ""


@dataclass(frozen=True)
class Baseline:
    """The moment a step began.

    `objects` has what the apps managed then, by `cluster:group/Kind/namespace/name`; `heads` the
    commit of each repository's main branch; `moment` is in seconds since 1970.
    """

    moment: float = 0.0
    objects: Mapping[str, Stood] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "moment": self.moment,
            "heads": dict(self.heads),
            "objects": {
                key: [stood.uid, stood.generation, stood.resource_version]
                for key, stood in self.objects.items()
            },
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Baseline":
        """The reverse of `to_data`; what is missing is empty."""
        objects = data.get("objects") or {}
        return cls(
            float(data.get("moment") or 0.0),
            {key: Stood(str(v[0]), int(v[1]), str(v[2])) for key, v in objects.items()},
            dict(data.get("heads") or {}),
        )


def stood(obj: Mapping[str, Any]) -> Stood:
    """How an object stands now."""
    metadata = obj.get("metadata") or {}
    return Stood(
        str(metadata.get("uid", "")),
        int(metadata.get("generation") or 0),
        str(metadata.get("resourceVersion", "")),
    )


def now() -> float:
    """Seconds since 1970."""
    return time.time()

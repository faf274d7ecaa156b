"""How things stood when a step began, so that a check can tell what happened since."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Heads = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Stood:
    """An object as it stood: which one it was, and how often its spec had changed."""

    uid: str
    generation: int

    @classmethod
    def of(cls, obj: Mapping[str, Any]) -> "Stood":
        """How an object stands now."""
        metadata = obj.get("metadata") or {}
        return cls(str(metadata.get("uid", "")), int(metadata.get("generation") or 0))


@dataclass(frozen=True)
class Baseline:
    """The moment a step began.

    objects   what the apps managed then, all pods, Services, namespaces and Deployments, by
              `cluster:group/Kind/namespace/name`
    heads     the commit of each branch of each repository
    history   the number of each app's last entry of history
    healed    how often each event of healing had been told, by the event's name
    at        when it was (RFC 3339, UTC); "" when that is not known
    """

    objects: Mapping[str, Stood] = field(default_factory=dict)
    heads: Heads = field(default_factory=dict)
    history: Mapping[str, int] = field(default_factory=dict)
    healed: Mapping[str, int] = field(default_factory=dict)
    at: str = ""

    def to_data(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Baseline":
        """The reverse of `to_data`; what is missing is empty."""
        objects = {key: Stood(**value) for key, value in (data.get("objects") or {}).items()}
        rest = {key: data.get(key) or {} for key in ("heads", "history", "healed")}
        return cls(objects, **rest, at=str(data.get("at") or ""))

"""What became of each object, in the words of Flux's events and of its inventory. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gitops_lab.kube.objects import Object, ObjectKey, split_api_version

_RBAC = "rbac.authorization.k8s.io"


class Action(StrEnum):
    """What was done with an object."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Change:
    """One object and what was done with it."""

    key: ObjectKey
    version: str
    action: Action

    @classmethod
    def of(cls, obj: Object, action: Action) -> "Change":
        """The change of this object."""
        return cls(ObjectKey.of(obj), split_api_version(str(obj["apiVersion"]))[1], action)

    def __str__(self) -> str:
        return f"{subject(self.key)} {self.action}"

    @property
    def entry(self) -> dict[str, str]:
        """As it stands in `.status.inventory`."""
        return {"id": identity(self.key), "v": self.version}


def subject(key: ObjectKey) -> str:
    """`Deployment/apps/web`, `Namespace/apps`."""
    return "/".join(part for part in (key.kind, key.namespace, key.name) if part)


def identity(key: ObjectKey) -> str:
    """`apps_web_apps_Deployment`: namespace, name, group, kind; a role's name may hold colons."""
    name = key.name.replace(":", "__") if key.group == _RBAC else key.name
    return f"{key.namespace}_{name}_{key.group}_{key.kind}"


def from_identity(text: str) -> ObjectKey:
    """The reverse. Raises ValueError."""
    namespace, _, rest = text.partition("_")
    rest, _, kind = rest.rpartition("_")
    name, _, group = rest.rpartition("_")
    if not (name and kind):
        raise ValueError(f"{text!r} is no id of an inventory")
    return ObjectKey(group, kind, namespace, name.replace("__", ":") if group == _RBAC else name)


def listed(changes: Iterable[Change]) -> str:
    """One line a change that changed something."""
    quiet = (Action.UNCHANGED, Action.SKIPPED)
    return "\n".join(str(change) for change in changes if change.action not in quiet)

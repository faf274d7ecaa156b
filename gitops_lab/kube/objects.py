"""What identifies a Kubernetes object, and small readings of its metadata. Pure."""

from typing import Any, NamedTuple, TypeVar, cast

Object = dict[str, Any]
T = TypeVar("T")


def split_api_version(api_version: str) -> tuple[str, str]:
    """`apps/v1` -> ("apps", "v1"); the core group's `v1` -> ("", "v1")."""
    group, _, version = api_version.rpartition("/")
    return group, version


def group_of(api_version: str) -> str:
    """The API group: `apps/v1` -> "apps", `v1` -> ""."""
    return split_api_version(api_version)[0]


def join_api_version(group: str, version: str) -> str:
    """The reverse of `split_api_version`."""
    return f"{group}/{version}" if group else version


class GroupKind(NamedTuple):
    """A kind of whatever version."""

    group: str
    kind: str

    @classmethod
    def of(cls, obj: Object) -> "GroupKind":
        """The group and kind of an object."""
        return cls(group_of(obj.get("apiVersion", "")), obj.get("kind", ""))

    def __str__(self) -> str:
        return f"{self.group}/{self.kind}" if self.group else self.kind


class ObjectKey(NamedTuple):
    """Which object, of whatever version; `namespace` is "" for a cluster-scoped one.

    A tuple, since it is hashed and compared more often than anything else.
    """

    group: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, obj: Object) -> "ObjectKey":
        """The identity of an object."""
        metadata = obj.get("metadata") or {}
        return cls(
            group_of(obj.get("apiVersion", "")),
            obj.get("kind", ""),
            metadata.get("namespace", ""),
            metadata.get("name", ""),
        )

    @property
    def group_kind(self) -> GroupKind:
        """The kind without the name."""
        return GroupKind(self.group, self.kind)

    def __str__(self) -> str:
        """`apps/Deployment/default/web`; parts that are empty are left out."""
        return "/".join(part for part in (self.group, self.kind, self.namespace, self.name) if part)


def copied(value: T) -> T:
    """A deep copy of what JSON can say: some three times as fast as `copy.deepcopy`."""
    if isinstance(value, dict):
        return cast(T, {key: copied(item) for key, item in value.items()})
    if isinstance(value, list):
        return cast(T, [copied(item) for item in value])
    return value


def name_of(obj: Object) -> str:
    """metadata.name, or ""."""
    return str((obj.get("metadata") or {}).get("name", ""))


def namespace_of(obj: Object) -> str:
    """metadata.namespace, or "" for a cluster-scoped object."""
    return str((obj.get("metadata") or {}).get("namespace", ""))


def uid_of(obj: Object) -> str:
    """metadata.uid, or "" before the server gave one."""
    return str((obj.get("metadata") or {}).get("uid", ""))


def labels_of(obj: Object) -> dict[str, str]:
    """metadata.labels; never None."""
    return (obj.get("metadata") or {}).get("labels") or {}


def annotations_of(obj: Object) -> dict[str, str]:
    """metadata.annotations; never None."""
    return (obj.get("metadata") or {}).get("annotations") or {}


def is_terminating(obj: Object) -> bool:
    """Whether a deletion is under way."""
    return bool((obj.get("metadata") or {}).get("deletionTimestamp"))


def controller_of(obj: Object) -> Object | None:
    """The owner reference of the controller that manages this object, if one does."""
    owners = (obj.get("metadata") or {}).get("ownerReferences") or []
    return next((owner for owner in owners if owner.get("controller")), None)


def condition_of(obj: Object, kind: str) -> Object | None:
    """The status condition of that type, if there is one."""
    conditions = (obj.get("status") or {}).get("conditions") or []
    return next((c for c in conditions if c.get("type") == kind), None)

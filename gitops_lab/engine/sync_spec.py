"""How an App is synced, beyond its policy: plain values."""

from dataclasses import dataclass
from enum import StrEnum

from gitops_lab.engine.ids import NATIVE, app_id


@dataclass(frozen=True)
class Rollback:
    """While the source stands at the commit `skip`, `revision` is deployed in its place.

    Any other commit ends it: a newer one is deployed as ever.
    """

    revision: str
    skip: str


@dataclass(frozen=True)
class IgnoreRule:
    """Fields whose values are left to others, in the objects that match; "" matches any.

    `pointers` are JSON pointers; `managers` are field managers, all of whose fields are meant.
    """

    group: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    pointers: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dependency:
    """Another App that has to be synced and healthy first."""

    namespace: str
    name: str
    front: str = NATIVE

    @property
    def id(self) -> str:
        """The id of that App."""
        return app_id(self.front, self.namespace, self.name)


@dataclass(frozen=True)
class HealthCheck:
    """When objects of a kind are well, in CEL over `object`; the first that holds counts.

    An expression that is "" never holds; when none holds, the object is Progressing.
    """

    api_version: str
    kind: str
    healthy: str
    failed: str = ""
    progressing: str = ""


class Deletion(StrEnum):
    """What becomes of the objects when the App is deleted."""

    MIRROR_PRUNE = "MirrorPrune"
    DELETE = "Delete"
    WAIT = "WaitForTermination"
    ORPHAN = "Orphan"


class Channel(StrEnum):
    """Where a notification goes."""

    WEBHOOK = "webhook"
    SLACK = "slack"
    COMMIT_STATUS = "commitStatus"


@dataclass(frozen=True)
class Notification:
    """Who is told of what. `url` for a webhook; `reasons` empty means everything that ends."""

    channel: Channel
    url: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class SyncOptions:
    """What `spec` says beside source, destination and policy.

    `timeout` is in seconds: for a wave or a hook to get healthy, and for a dependency.
    """

    rollback: Rollback | None = None
    ignore: tuple[IgnoreRule, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    health_checks: tuple[HealthCheck, ...] = ()
    notifications: tuple[Notification, ...] = ()
    deletion: Deletion = Deletion.MIRROR_PRUNE
    timeout: int = 300

    def removes(self, prune: bool) -> bool:
        """Whether the App's objects go with the App, given its policy to prune."""
        if self.deletion is Deletion.MIRROR_PRUNE:
            return prune
        return self.deletion is not Deletion.ORPHAN

"""What is in a cluster, as far as it is ours: followed by watch, held in a few bytes an object.

One watch for each kind, on objects that carry the engine's mark where that is a label. Of an
object we keep a fingerprint of the fields that we own (see `managed`), its health and its owner:
enough to say "nothing has changed" without a request.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from gitops_lab.engine.desired import digest_of
from gitops_lab.engine.diff import clean
from gitops_lab.engine.health import Health, assess
from gitops_lab.engine.health.expressions import Expressions
from gitops_lab.engine.managed import fingerprint, owned_set
from gitops_lab.engine.ownership import Marks
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.sync_spec import HealthCheck
from gitops_lab.kube import Client, Informer, Object, ObjectKey
from gitops_lab.kube.objects import is_terminating

OnChange = Callable[[str, ObjectKey], None]
"""(App id, object) whenever a managed object was added, changed or removed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What we keep of a live object.

    `version` is its resourceVersion as a number, 0 unknown; `print` the fingerprint of what we
    own in it; `content` a hash of all that people write, ours or not.
    """

    version: int
    print: bytes
    content: bytes
    health: Health | None
    owner: str
    terminating: bool


class Live:
    """The managed objects of one cluster. Thread-safe."""

    def __init__(self, client: Client, semantics: Semantics, on_change: OnChange) -> None:
        self._client = client
        self._manager = semantics.field_manager
        self._marks: Marks = semantics.marks
        self._on_change = on_change
        self._seen: dict[ObjectKey, Seen] = {}
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._changes = 0
        self._judges: dict[str, Expressions] = {}
        self._informers: dict[tuple[str, str], Informer] = {}

    def follow(self, kinds: Iterable[tuple[str, str]]) -> None:
        """Watch these (apiVersion, kind) too; returns at once."""
        with self._lock:
            for api_version, kind in kinds:
                group_kind = (api_version.rpartition("/")[0], kind)
                if group_kind not in self._informers:
                    self._informers[group_kind] = self._informer(api_version, kind)

    def judge_by(self, owner: str, checks: Sequence[HealthCheck]) -> None:
        """From now on these rules say how healthy an App's objects are. Raises AppError.

        What was seen before is looked at again: its kinds are listed anew at the next `follow`.
        """
        known = self._judges.get(owner)
        if (known.checks if known else ()) == tuple(checks):
            return
        judge = Expressions(checks, owner)
        kinds = judge.kinds | (known.kinds if known else frozenset())
        with self._lock:
            self._judges[owner] = judge
            stale = [(kind.group, kind.kind) for kind in kinds]
            ended = [self._informers.pop(kind) for kind in stale if kind in self._informers]
            self._seen = {
                key: replace(seen, version=0) if key.group_kind in kinds else seen
                for key, seen in self._seen.items()
            }
        for informer in ended:
            informer.stop()

    def get(self, key: ObjectKey) -> Seen | None:
        """What was seen last of an object; None when it isn't there, or not yet seen."""
        return self._seen.get(key)

    def owned_by(self, owner: str) -> list[ObjectKey]:
        """The objects of an App that were seen and are still there."""
        with self._lock:
            return [key for key, seen in self._seen.items() if seen.owner == owner]

    def observe(self, obj: Object) -> Seen:
        """Take in an object that the server just answered with, unless we know a newer one.

        The answer is what was seen in this one: whoever compared it must not confirm a newer one.
        """
        key = ObjectKey.of(obj)
        known = self._seen.get(key)
        if known and 0 < known.version == _version(obj):
            return known  # the watch tells of what we wrote ourselves
        seen = self._reduce(obj)
        with self._lock:
            known = self._seen.get(key)
            if known is None or known.version <= seen.version:
                self._seen[key] = seen
        return seen

    def forget(self, key: ObjectKey) -> None:
        """An object is known to be gone."""
        with self._lock:
            self._seen.pop(key, None)

    @property
    def changes(self) -> int:
        """How often a watch has told of anything."""
        return self._changes

    def wait_beyond(self, changes: int, timeout: float) -> None:
        """Wait until a watch has told more often than that, for so many seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: self._changes != changes, timeout)

    def wait_synced(self, timeout: float) -> bool:
        """Whether every watch has its first list, waiting for it."""
        return all(informer.wait_synced(timeout) for informer in list(self._informers.values()))

    def stop(self) -> None:
        """End all watches."""
        with self._lock:
            informers = list(self._informers.values())
        for informer in informers:
            informer.stop()

    def _informer(self, api_version: str, kind: str) -> Informer:
        informer = Informer(
            self._client,
            api_version,
            kind,
            label_selector=self._marks.selector,
            on_event=self._on_event,
            keep=_identity,
        )
        informer.start()
        return informer

    def _on_event(self, event: str, obj: Object, _: Object | None) -> None:
        key = ObjectKey.of(obj)
        known = self._seen.get(key)
        owners = {known.owner if known else "", self._marks.owner_of(obj)}
        if event != "DELETED":
            self.observe(obj)
        elif known and known.version > _version(obj):
            return  # made again since
        else:
            self.forget(key)
        with self._changed:
            self._changes += 1
            self._changed.notify_all()
        for owner in owners - {""}:
            self._on_change(owner, key)

    def _reduce(self, obj: Object) -> Seen:
        content = digest_of(clean(obj))
        # What was not applied server-side says nothing of who owns a field: all of it counts.
        applied = bool(owned_set(obj, self._manager))
        return Seen(
            _version(obj),
            fingerprint(obj, self._manager) if applied else content,
            content,
            self._health(obj),
            self._marks.owner_of(obj),
            is_terminating(obj),
        )

    def _health(self, obj: Object) -> Health | None:
        judge = self._judges.get(self._marks.owner_of(obj))
        return (judge.assess(obj) if judge else None) or assess(obj)


def _version(obj: Object) -> int:
    text = str((obj.get("metadata") or {}).get("resourceVersion", ""))
    return int(text) if text.isdigit() else 0


def _identity(obj: Object) -> Object:
    metadata = obj["metadata"]
    kept = {k: metadata[k] for k in ("namespace", "name", "resourceVersion") if k in metadata}
    return {"apiVersion": obj.get("apiVersion"), "kind": obj.get("kind"), "metadata": kept}

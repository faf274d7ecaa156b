"""What Git says against what is there: one row an object, and a word for the whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gitops_lab.dialects.argocd.application import difference
from gitops_lab.dialects.argocd.application.difference import Ignored, is_server_side
from gitops_lab.dialects.argocd.application.judge import aggregate
from gitops_lab.dialects.argocd.application.options import (
    COMPARE_OPTIONS,
    SYNC_OPTIONS,
    has_option,
    is_hook,
    is_skipped,
    wave_of,
)
from gitops_lab.dialects.argocd.application.spec import Spec
from gitops_lab.dialects.argocd.application.targets import Targets
from gitops_lab.dialects.argocd.application.tracking import Tracking
from gitops_lab.engine.compare import Difference
from gitops_lab.engine.health import HealthStatus
from gitops_lab.engine.inventory import Entry
from gitops_lab.engine.read import read_all
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.objects import split_api_version

SYNCED, OUT_OF_SYNC, UNKNOWN = "Synced", "OutOfSync", "Unknown"


@dataclass(frozen=True)
class Pair:
    """An object that is to be there, is there, or both. `status` "" for what doesn't count."""

    key: ObjectKey
    version: str
    target: Object | None
    live: Object | None
    status: str = ""
    hook: bool = False
    differences: tuple[Difference, ...] = ()

    @property
    def requires_pruning(self) -> bool:
        """Whether it is there, and is none of the objects that are to stay: a hook's too."""
        return self.target is None and self.live is not None

    def row(self) -> Object:
        """The row of `.status.resources`."""
        said = {
            "group": self.key.group,
            "version": self.version,
            "kind": self.key.kind,
            "namespace": self.key.namespace,
            "name": self.key.name,
            "status": self.status,
            "hook": self.hook,
            "requiresPruning": self.requires_pruning,
            "requiresDeletionConfirmation": self._needs_confirmation(),
            "syncWave": wave_of(self.target) if self.target else 0,
        }
        return {key: value for key, value in said.items() if value}

    def _needs_confirmation(self) -> bool:
        return any(
            has_option(one, SYNC_OPTIONS, "Delete=confirm") for one in (self.target, self.live)
        )


@dataclass(frozen=True)
class Comparison:
    """The result. `shared` are objects that another Application has marked as its own."""

    pairs: tuple[Pair, ...]
    hooks: tuple[Object, ...]
    status: str
    health: HealthStatus
    targets: Targets
    shared: tuple[tuple[ObjectKey, str], ...] = ()

    @property
    def out_of_sync(self) -> tuple[Pair, ...]:
        """The pairs that keep it from being in sync."""
        return tuple(pair for pair in self.pairs if pair.status == OUT_OF_SYNC)


@dataclass(frozen=True)
class Comparer:
    """Compares one Application with its cluster."""

    spec: Spec
    app_name: str
    client: Client
    tracking: Tracking
    ignored: Ignored
    uid: str = ""

    def compare(self, targets: Targets, known: Iterable[Entry]) -> Comparison:
        """`known` names what may be there besides. Raises PlanError when that can't be read."""
        plain = [one for one in targets.objects if not is_hook(one)]
        hooks = tuple(one for one in targets.objects if is_hook(one))
        live = self._read([*plain, *hooks], known)
        pairs = [self._pair(target, live.pop(ObjectKey.of(target), None)) for target in plain]
        mine = (obj for obj in live.values() if self.tracking.owner_of(obj) == self.app_name)
        pairs += [self._extra(obj) for obj in mine]
        both = ((pair.target, pair.live) for pair in pairs)
        health = aggregate(both, self.tracking.settings, self.uid)
        return Comparison(
            tuple(sorted(pairs, key=_order)),
            hooks,
            _overall(pairs),
            health,
            targets,
            tuple(self._shared(pairs)),
        )

    def _read(self, wanted: Sequence[Object], known: Iterable[Entry]) -> dict[ObjectKey, Object]:
        entries = {ObjectKey.of(one): _entry(one) for one in wanted}
        for entry in known:
            entries.setdefault(entry.key, entry)
        return read_all(self.client, entries.values())

    def _pair(self, target: Object, live: Object | None) -> Pair:
        key, version = ObjectKey.of(target), split_api_version(target["apiVersion"])[1]
        if is_skipped(target):
            return Pair(key, version, target, live)
        if live is None:
            return Pair(key, version, target, None, OUT_OF_SYNC)
        if is_server_side(target, self.spec.options.server_side):
            found = difference.find_on_server(self.client, target, live, self.ignored)
        else:
            found = difference.find(target, live, self.ignored)
        status = OUT_OF_SYNC if found else SYNCED
        return Pair(key, version, target, live, status, differences=tuple(found))

    def _extra(self, live: Object) -> Pair:
        key, version = ObjectKey.of(live), split_api_version(live["apiVersion"])[1]
        if is_hook(live):
            return Pair(key, version, None, live, hook=True)
        return Pair(key, version, None, live, OUT_OF_SYNC)

    def _shared(self, pairs: Iterable[Pair]) -> Iterable[tuple[ObjectKey, str]]:
        for pair in pairs:
            owner = self.tracking.owner_of(pair.live) if pair.live and pair.target else ""
            if owner not in ("", self.app_name):
                yield pair.key, owner


def _order(pair: Pair) -> str:
    key = pair.key
    return "/".join((key.group, key.kind, key.namespace, key.name))


def _overall(pairs: Iterable[Pair]) -> str:
    for pair in pairs:
        if pair.status == OUT_OF_SYNC and not _is_extraneous(pair):
            return OUT_OF_SYNC
    return SYNCED


def _is_extraneous(pair: Pair) -> bool:
    """Left in the cluster, and it says that this is no reason to be out of sync."""
    return pair.target is None and has_option(pair.live, COMPARE_OPTIONS, "IgnoreExtraneous")


def _entry(obj: Object) -> Entry:
    return Entry(ObjectKey.of(obj), split_api_version(obj["apiVersion"])[1])

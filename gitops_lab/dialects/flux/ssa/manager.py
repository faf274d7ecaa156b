"""Writing objects as Flux's controllers do: ask with a dry run, write what drifted, stage by stage.

A failure ends it; what earlier stages wrote stays written. Nothing is rolled back.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from gitops_lab.dialects.flux.ssa.changes import Action, Change, subject
from gitops_lab.dialects.flux.ssa.drift import (
    IgnoreRule,
    has_drifted,
    marked,
    pointers_for,
    yielded,
)
from gitops_lab.dialects.flux.ssa.order import sorted_objects, stages
from gitops_lab.dialects.flux.ssa.owners import clean_up
from gitops_lab.dialects.flux.ssa.undeclared import without_undeclared
from gitops_lab.dialects.flux.ssa.wait import NotHealthy, Waiter, Wanted
from gitops_lab.kube import JSON_PATCH, Client, Object, ObjectKey
from gitops_lab.kube.errors import ApiError, NotFound, UnknownKind
from gitops_lab.kube.objects import namespace_of

_AT_A_TIME = 4
_STAGE_SECONDS = 60.0
_GONE_SECONDS = 60.0


class ApplyFailed(Exception):
    """In Flux's words; `done` is what earlier stages did."""

    def __init__(self, message: str, done: Sequence[Change] = ()) -> None:
        super().__init__(message)
        self.done = tuple(done)


class DeleteFailed(Exception):
    """Some objects could not be deleted; `changes` has a row for each that was tried."""

    def __init__(self, message: str, changes: Sequence[Change]) -> None:
        super().__init__(message)
        self.changes = tuple(changes)


@dataclass(frozen=True)
class Options:
    """How objects are written: labels or annotations (name -> value) that ask for something else.

    skip        neither write nor prune it
    create_only write it only when it is missing
    merge       leave kubectl's fields to kubectl
    recreate    delete it and make it anew where a field can't be changed; `force` for all
    """

    skip: Mapping[str, str] = field(default_factory=dict)
    create_only: Mapping[str, str] = field(default_factory=dict)
    merge: Mapping[str, str] = field(default_factory=dict)
    recreate: Mapping[str, str] = field(default_factory=dict)
    force: bool = False
    ignore: tuple[IgnoreRule, ...] = ()


@dataclass(frozen=True)
class Manager:
    """Writes to one cluster as one field manager."""

    client: Client
    field_manager: str
    waiter: Waiter

    def apply_staged(self, objects: Iterable[Object], options: Options) -> list[Change]:
        """All objects: definitions, classes, all else. Raises ApplyFailed."""
        done: list[Change] = []
        *first, rest = stages(objects)
        for stage in first:
            done += self._stage(stage, options, done)
            wanted = [Wanted(one.key, one.version) for one in done]
            try:
                self.waiter.until_current(wanted, _STAGE_SECONDS)
            except NotHealthy as error:
                raise ApplyFailed(str(error), done) from error
        return [*done, *self._stage(rest, options, done)]

    def _stage(
        self, objects: Sequence[Object], options: Options, before: Sequence[Change]
    ) -> list[Change]:
        try:
            with ThreadPoolExecutor(_AT_A_TIME) as pool:
                looked = list(pool.map(lambda obj: _Look(self, options, obj).taken(), objects))
            for _, write in looked:
                if write is not None:
                    self._write(write)
        except ApplyFailed as error:
            raise ApplyFailed(str(error), before) from error
        return [change for change, _ in looked]

    def _write(self, obj: Object) -> None:
        try:
            self.client.apply(obj, field_manager=self.field_manager, force=True)
        except ApiError as error:
            raise ApplyFailed(f"{_subject(obj)} apply failed: {error.message}") from error

    def delete_all(
        self, objects: Iterable[Object], owner: Mapping[str, str], keep: Mapping[str, str]
    ) -> list[Change]:
        """Delete what carries all of the owner's labels, unless it is marked to be kept.

        Raises DeleteFailed after having tried them all.
        """
        changes: list[Change] = []
        errors: list[str] = []
        for obj in sorted_objects(objects, reverse=True):
            try:
                action = self._delete(obj, owner, keep)
            except ApiError as error:
                errors.append(f"{_subject(obj)} delete failed: {error.message};")
                action = Action.UNKNOWN
            changes.append(Change.of(obj, action))
        if errors:
            raise DeleteFailed(f"delete failed, errors: {''.join(errors)}", changes)
        return changes

    def _delete(self, obj: Object, owner: Mapping[str, str], keep: Mapping[str, str]) -> Action:
        key = ObjectKey.of(obj)
        try:
            live = self.client.get(obj["apiVersion"], key.kind, key.name, key.namespace)
            labels = live["metadata"].get("labels") or {}
            if any(labels.get(name) != value for name, value in owner.items()):
                return Action.SKIPPED
            if marked(live, keep):
                return Action.SKIPPED
            self.client.delete(obj["apiVersion"], key.kind, key.name, key.namespace)
        except (NotFound, UnknownKind):
            pass
        return Action.DELETED


class _Look:
    """What is to be done with one object, found by a dry run."""

    def __init__(self, manager: Manager, options: Options, obj: Object) -> None:
        self._manager, self._options, self._obj = manager, options, obj
        self._client = manager.client

    def taken(self) -> tuple[Change, Object | None]:
        """The change, and what to write for it if anything. Raises ApplyFailed."""
        live = self._live()
        options = self._options
        if marked(self._obj, options.skip) or marked(live, options.skip):
            return Change.of(live or self._obj, Action.SKIPPED), None
        if live is not None and marked(self._obj, options.create_only):
            return Change.of(live, Action.SKIPPED), None
        dry = self._dry_run(live)
        if "uid" not in dry.get("metadata", {}) or live is None:
            return Change.of(dry, Action.CREATED), self._obj
        cleaned = self._cleaned(live)
        pointers = pointers_for(dry, options.ignore)
        if not cleaned and not has_drifted(live, dry, pointers):
            return Change.of(dry, Action.UNCHANGED), None
        write = yielded(self._obj, live, pointers, self._manager.field_manager)
        return Change.of(dry, Action.CONFIGURED), write

    def _live(self) -> Object | None:
        key = ObjectKey.of(self._obj)
        try:
            return self._client.get(self._obj["apiVersion"], key.kind, key.name, key.namespace)
        except ApiError:
            return None  # the dry run says better what is wrong

    def _dry_run(self, live: Object | None) -> Object:
        try:
            return self._dry()
        except ApiError as error:
            if live is None or not self._may_recreate(live, error):
                raise ApplyFailed(_dry_run_failed(self._obj, error)) from error
        self._remove(live)
        try:
            dry = self._dry()
        except ApiError as error:
            raise ApplyFailed(_dry_run_failed(self._obj, error)) from error
        return {**dry, "metadata": {k: v for k, v in dry["metadata"].items() if k != "uid"}}

    def _dry(self) -> Object:
        manager = self._manager.field_manager
        while True:
            try:
                return self._client.apply(
                    self._obj, field_manager=manager, force=True, dry_run=True
                )
            except ApiError as error:
                rest = without_undeclared(self._obj, error.message)
                if rest is None:
                    raise
                self._obj = rest

    def _may_recreate(self, live: Object, error: ApiError) -> bool:
        options = self._options
        asked = (
            options.force or marked(self._obj, options.recreate) or marked(live, options.recreate)
        )
        return asked and "immutable" in error.message

    def _remove(self, live: Object) -> None:
        key = ObjectKey.of(live)
        told = f"{_subject(self._obj)} immutable field detected, failed to "
        try:
            self._client.delete(live["apiVersion"], key.kind, key.name, key.namespace)
        except NotFound:
            return
        except ApiError as error:
            raise ApplyFailed(f"{told}delete object: {error.message}") from error
        wanted = Wanted(key, live["apiVersion"].rpartition("/")[2])
        if not self._manager.waiter.until_gone([wanted], _GONE_SECONDS):
            raise ApplyFailed(f"{told}wait for object to be deleted: it has finalizers")

    def _cleaned(self, live: Object) -> bool:
        """Take kubectl's fields over; whether there were any."""
        if marked(self._obj, self._options.merge) or marked(live, self._options.merge):
            return False
        patch = clean_up(live, self._manager.field_manager)
        if not patch:
            return False
        try:
            self._client.patch(
                live,
                patch,
                content_type=JSON_PATCH,
                field_manager=self._manager.field_manager,
            )
        except ApiError as error:
            told = f"{_subject(live)} metadata.managedFields cleanup failed: {error.message}"
            raise ApplyFailed(told) from error
        return True


def _subject(obj: Object) -> str:
    return subject(ObjectKey.of(obj))


def _dry_run_failed(obj: Object, error: ApiError) -> str:
    what = _subject(obj)
    if isinstance(error, UnknownKind):
        kind = f'no matches for kind "{obj["kind"]}" in version "{obj["apiVersion"]}"'
        return f"{what} dry-run failed: {kind}"
    if isinstance(error, NotFound):
        if not namespace_of(obj):
            return f"{what} namespace not specified: {error.message}"
        return f"{what} not found: {error.message}"
    reason = f" ({error.reason})" if error.code < 500 and error.reason else ""
    return f"{what} dry-run failed{reason}: {error.message}"

"""The plan: what would have to change so that the cluster is as Git says. Nothing is written here.

For a sync the plan is cheap: what the records confirm is unchanged, what Git changed is an
update, and only what is in doubt is read. For a comparison (`confirm`) every doubt is settled by
the server's dry run, so that defaults and equivalent spellings are no difference.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gitops_lab.engine.app import App
from gitops_lab.engine.compare import Difference, differences
from gitops_lab.engine.desired import Desired
from gitops_lab.engine.diff import clean
from gitops_lab.engine.errors import PlanError
from gitops_lab.engine.failures import refused
from gitops_lab.engine.ignoring import Ignoring
from gitops_lab.engine.inventory import Entry, Inventory, missing_from
from gitops_lab.engine.live import Live, Seen
from gitops_lab.engine.managed import owned_set
from gitops_lab.engine.marks import Write, live_wave
from gitops_lab.engine.read import read_all
from gitops_lab.engine.records import Records
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.write import how, is_written
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import is_terminating

_SHORTEST = 7
_NAMED = 12


class Action(StrEnum):
    """What is to be done with an object."""

    CREATE = "create"
    UPDATE = "update"
    PRUNE = "prune"
    UNCHANGED = "unchanged"
    SKIP = "skip"


PRUNE_OFF = "PruneDisabled"
KEPT = "KeepAnnotation"
GONE = "Gone"
NOT_OURS = "NotOurs"
UNAPPROVED = "PruneUnapproved"
"""Why an object that left Git is skipped."""


@dataclass(frozen=True)
class Change:
    """One object and what is to be done with it.

    `live` is None when it isn't there or was not read; `after` is the server's own answer to
    "what would it become", when it was asked. `reason` says why an object is skipped; `applied`
    that the change was carried out.
    """

    key: ObjectKey
    action: Action
    api_version: str
    reason: str = ""
    desired: Desired | None = None
    live: Object | None = None
    after: Object | None = None
    differences: tuple[Difference, ...] = ()
    applied: bool = False


@dataclass(frozen=True)
class Plan:
    """All changes, in order of application; prunes after them, in order of deletion."""

    changes: tuple[Change, ...]

    def of(self, *actions: Action) -> tuple[Change, ...]:
        """The changes with one of these actions."""
        return tuple(change for change in self.changes if change.action in actions)

    @property
    def pending(self) -> tuple[Change, ...]:
        """What keeps the cluster from being as Git says."""
        return tuple(
            change
            for change in self.changes
            if change.action in (Action.CREATE, Action.UPDATE, Action.PRUNE)
            or change.reason in (PRUNE_OFF, UNAPPROVED)
        )

    def only(self, names: Iterable[str]) -> "Plan":
        """The changes of objects that are named, as `Deployment/web`. Raises PlanError for none."""
        wanted = {name.strip().lower() for name in names}
        named = [(f"{c.key.kind}/{c.key.name}".lower(), c) for c in self.changes]
        there = {name for name, _ in named}
        if missing := sorted(wanted - there):
            known = ", ".join(f"{c.key.kind}/{c.key.name}" for c in self.changes[:_NAMED])
            raise PlanError(
                f"the App has no object {missing[0]!r}.",
                reason="NothingSelected",
                hint=f"It has: {known}.",
                retry=False,
            )
        return Plan(tuple(change for name, change in named if name in wanted))

    def summary(self) -> str:
        """`1 to create, 2 to update`; `nothing to do` when there is nothing."""
        counts = {
            action: len(self.of(action)) for action in (Action.CREATE, Action.UPDATE, Action.PRUNE)
        }
        parts = [f"{count} to {action}" for action, count in counts.items() if count]
        return ", ".join(parts) or "nothing to do"


@dataclass
class Planner:
    """Compares what is wanted with one cluster, for one App.

    `is_app` says whether an App of that id exists: what a deleted one left may be taken over.
    """

    app: App
    client: Client
    live: Live
    records: Records
    semantics: Semantics
    is_app: Callable[[str], bool] = lambda _: True
    revision: str = ""
    _read: dict[ObjectKey, Object] = field(default_factory=dict)

    @property
    def _ignoring(self) -> Ignoring:
        return Ignoring(self.app.options.ignore)

    def plan(
        self,
        desired: Iterable[Desired],
        inventory: Inventory,
        *,
        confirm: bool = False,
        besides: Iterable[Entry] = (),
    ) -> Plan:
        """The plan. Raises PlanError; with `confirm` also for what the server would refuse.

        `besides` is in Git too, and neither written nor pruned by the plan.
        """
        wanted = tuple(desired)
        gone = missing_from(inventory, (*(one.entry for one in wanted), *besides))
        self._guard(wanted, gone)
        doubtful = self._doubtful(wanted, inventory, confirm)
        self._read = read_all(self.client, [*(one.entry for one in doubtful), *gone])
        unread = {one.key for one in wanted} - {one.key for one in doubtful}
        changes = [self._change(one, one.key in unread) for one in wanted]
        if confirm:
            changes = [self._confirmed(change) for change in changes]
        return Plan((*changes, *self._in_reverse(self._prune(entry) for entry in gone)))

    def plan_removal(self, inventory: Inventory) -> Plan:
        """The plan for an App that is being deleted: everything it made goes."""
        gone = missing_from(inventory, ())
        self._read = read_all(self.client, gone)
        return Plan(self._in_reverse(self._prune(entry, leaving=True) for entry in gone))

    def _in_reverse(self, prunes: Iterable[Change]) -> tuple[Change, ...]:
        """The last wave goes first."""
        names = self.semantics.annotations
        return tuple(sorted(prunes, key=lambda change: -live_wave(change.live, names)))

    def _guard(self, wanted: tuple[Desired, ...], gone: Inventory) -> None:
        if gone and not wanted and self.app.sync_policy.prune and not self.semantics.allow_empty:
            raise PlanError(
                f"the commit has no objects: pruning would remove all {len(gone)} of this App.",
                reason="PruneBlocked",
                hint="Put the files back, or delete the App if everything is to go.",
                retry=False,
            )

    def _doubtful(
        self, wanted: tuple[Desired, ...], inventory: Inventory, confirm: bool
    ) -> list[Desired]:
        """What has to be read from the cluster before we know what to do."""
        tracked = {entry.key for entry in inventory}
        doubtful = []
        for one in wanted:
            seen, record = self.live.get(one.key), self.records.get(one.key)
            self._refuse_shared(one, seen)
            if self.records.confirms(one, seen):
                continue
            is_new = seen is None and record is None and one.key not in tracked
            git_changed = bool(seen and record and record.digest != one.digest)
            if confirm or self._must_read(one) or not (is_new or git_changed):
                doubtful.append(one)
        return doubtful

    def _must_read(self, one: Desired) -> bool:
        """Whether what is written depends on what is there."""
        return self._ignoring.concerns(one.key) or how(one, self.semantics) is Write.CREATE_ONLY

    def _refuse_shared(self, one: Desired, seen: Seen | None) -> None:
        if seen and not self.semantics.share and self._is_others(seen.owner):
            raise _shared(one, seen.owner)

    def _is_others(self, owner: str) -> bool:
        return owner not in ("", self.app.id) and self.is_app(owner)

    def _change(self, one: Desired, unread: bool) -> Change:
        if unread:
            seen = self.live.get(one.key)
            action = Action.UPDATE if seen else Action.CREATE
            if self.records.confirms(one, seen):
                action = Action.UNCHANGED
            return Change(one.key, action, one.api_version, desired=one)
        change = Change(one.key, Action.UPDATE, one.api_version, desired=one)
        live = self._read.get(one.key)
        if live is None:
            self.records.forget(one.key)
            self.live.forget(one.key)
            return replace(change, action=Action.CREATE)
        owner = self.semantics.marks.owner_of(live)
        if not self.semantics.share and self._is_others(owner):
            raise _shared(one, owner)
        one = self._ignoring.adopted(one, live)
        change = replace(change, live=live, desired=one)
        if not is_terminating(live) and self._is_written(one, live):
            self.records.confirm(one, self.live.observe(live))
            return replace(change, action=Action.UNCHANGED)
        return replace(change, differences=tuple(differences(one.obj, live)))

    def _is_written(self, one: Desired, live: Object) -> bool:
        if self._ignoring.concerns(one.key):
            obj = self._ignoring.stripped(one.key, one.obj, live)
            live = self._ignoring.stripped(one.key, live, live)
            one = replace(one, obj=obj)
        return is_written(one, live, self.semantics)

    def _confirmed(self, change: Change) -> Change:
        """An update as the server sees it; unchanged if it would write nothing."""
        one, live = change.desired, change.live
        if change.action is not Action.UPDATE or one is None or live is None:
            return change
        if how(one, self.semantics) not in (Write.SERVER, Write.FORCE):
            return change  # a dry run would answer for another way of writing
        try:
            after = self.client.apply(
                one.obj,
                field_manager=self.semantics.field_manager,
                force=self.semantics.force_conflicts,
                dry_run=True,
            )
        except ApiError as error:
            raise refused(error, one, PlanError) from error
        if clean(after) == clean(live) and not is_terminating(live):
            manager = self.semantics.field_manager
            owned = owned_set(after, manager) == owned_set(live, manager)
            self.records.confirm(one, self.live.observe(live), owned=owned)
            return replace(change, action=Action.UNCHANGED, after=after, differences=())
        found = differences(clean(after), clean(live))
        return replace(change, after=after, differences=tuple(found))

    def _prune(self, entry: Entry, *, leaving: bool = False) -> Change:
        live = self._read.get(entry.key)
        change = Change(entry.key, Action.SKIP, entry.api_version, live=live)
        if live is None:
            return replace(change, reason=GONE)
        self.live.observe(live)
        marks = self.semantics.marks
        if marks.owner_of(live) != self.app.id:
            return replace(change, reason=NOT_OURS)
        if not (marks.may_delete(live) if leaving else marks.may_prune(live)):
            return replace(change, reason=KEPT)
        if not (leaving or self.app.sync_policy.prune):
            return replace(change, reason=PRUNE_OFF)
        if marks.needs_approval(live) and not (leaving or self._is_approved()):
            return replace(change, reason=UNAPPROVED)
        return replace(change, action=Action.PRUNE)

    def _is_approved(self) -> bool:
        """Whether somebody has said yes to what this commit deletes."""
        approved = self.app.prune_approved
        return len(approved) >= _SHORTEST and self.revision.startswith(approved)


def _shared(one: Desired, owner: str) -> PlanError:
    return PlanError(
        f"{one.key} already belongs to the App {owner}.",
        reason="SharedObject",
        hint="Keep the object in one repository path only, or delete it from the other App first.",
        place=one.place,
    )

"""RollingSync: the Applications of a set are synced step by step, each when the one before is well.

What is known of each Application stands in `.status.applicationStatus`: it is Waiting while it has
changes and its step's turn has not come, Pending when its sync was begun, Progressing until it is
healthy, and Healthy then. Pure.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitops_lab.kube import Object
from gitops_lab.kube.objects import copied, labels_of, name_of

WAITING, PENDING, PROGRESSING, HEALTHY = "Waiting", "Pending", "Progressing", "Healthy"
OUT_OF_SYNC, SUCCEEDED, RUNNING = "OutOfSync", "Succeeded", "Running"
_NEW = "No Application status found, defaulting status to Waiting."
_CHANGED = "Application has pending changes, setting status to Waiting."
_SYNCED = (
    "Application resource completed a sync successfully, updating status from Pending to "
    "Progressing."
)
_BECAME = "Application resource became Progressing, updating status from Pending to Progressing."
_ALREADY = "Application resource is already Healthy, updating status from Waiting to Healthy."
_WELL = "Application resource became Healthy, updating status from Progressing to Healthy."
_MOVED = (
    "Application moved to Pending status, watching for the Application resource to start "
    "Progressing."
)
_INFO = {
    "name": "Reason",
    "value": "ApplicationSet RollingSync triggered a sync of this Application resource",
}
_RETRIES = 5

Row = dict[str, Any]


def is_rolling(spec: Mapping[str, Any]) -> bool:
    """Whether a set asks for it."""
    strategy = spec.get("strategy") or {}
    return strategy.get("type") == "RollingSync" and strategy.get("rollingSync") is not None


def steps_of(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Its steps; [] without RollingSync."""
    if not is_rolling(spec):
        return []
    return list(spec["strategy"]["rollingSync"].get("steps") or [])


def is_backwards(spec: Mapping[str, Any]) -> bool:
    """Whether the Applications of a set that goes are deleted one by one, the last step first."""
    order = (spec.get("strategy") or {}).get("deletionOrder")
    return is_rolling(spec) and str(order).lower() == "reverse"


def backwards(steps: Sequence[Mapping[str, Any]], live: Sequence[Object]) -> list[str]:
    """The names of the Applications in the order of their deletion; those of no step are left out,
    as they go with their owner.
    """
    places = Rollout(steps, live, live, "").places()
    return sorted(places, key=lambda name: (-places[name], name))


@dataclass(frozen=True)
class Rollout:
    """One look at a set: `wanted` are the Applications it generates, `live` those there are."""

    steps: Sequence[Mapping[str, Any]]
    wanted: Sequence[Object]
    live: Sequence[Object]
    now: str

    def rows(self, known: Iterable[Mapping[str, Any]]) -> list[Row]:
        """`.status.applicationStatus` anew, by name."""
        before = {row["application"]: dict(row) for row in known}
        found = [self._row(app, before.get(name_of(app))) for app in self.live]
        return sorted(self._begun(found), key=lambda row: str(row["application"]))

    def condition(self, rows: Iterable[Row]) -> tuple[str, str, str]:
        """(status, reason, message) of the condition RolloutProgressing."""
        unready = {row["step"] for row in rows if row["status"] != HEALTHY}
        for number in range(1, len(self.steps) + 1):
            if str(number) in unready:
                said = f"ApplicationSet is performing rollout of step {number}"
                return "True", "ApplicationSetModified", said
        return "False", "ApplicationSetRolloutComplete", "ApplicationSet Rollout has completed"

    def ordered(self, apps: Iterable[Object], rows: Iterable[Row]) -> list[Object]:
        """The Applications without automation, and with an operation whose turn it is."""
        known = {row["application"]: row for row in rows}
        live = {name_of(app): app for app in self.live}
        turn = self._turn(list(known.values()))
        found = []
        for app in apps:
            plain, prune = _by_hand(app)
            if name_of(app) in turn and _is_due(known.get(name_of(app)), live.get(name_of(app))):
                plain["operation"] = _operation(plain, prune)
            found.append(plain)
        return found

    # -- one Application

    def _row(self, app: Object, known: Row | None) -> Row:
        health, sync, phase = _state(app)
        revisions = _revisions(app)
        row = known or {"application": name_of(app), "targetRevisions": None}
        if known is None:
            self._set(row, WAITING, _NEW)
        if row.get("targetRevisions") != revisions:
            row["targetRevisions"] = revisions
            self._set(row, WAITING, _NEW if known is None else _CHANGED)
        outdated = bool(self.steps) and sync == OUT_OF_SYNC and _is_compared(app)
        well = health == HEALTHY and sync != OUT_OF_SYNC and phase in (SUCCEEDED, "")
        if outdated and row["status"] not in (WAITING, PENDING):
            self._set(row, WAITING, _CHANGED)
        if row["status"] == PENDING:
            if not outdated and phase == SUCCEEDED:
                self._set(row, PROGRESSING, _SYNCED)
            elif phase == RUNNING or health == PROGRESSING:
                self._set(row, PROGRESSING, _BECAME)
        if row["status"] == WAITING and well:
            self._set(row, HEALTHY, _ALREADY)
        if row["status"] == PROGRESSING and well:
            self._set(row, HEALTHY, _WELL)
        return row

    def _set(self, row: Row, status: str, message: str) -> None:
        step = self.places().get(row["application"], -2) + 1
        row.update(status=status, message=message, step=str(step), lastTransitionTime=self.now)

    # -- the steps

    def _stages(self) -> list[list[str]]:
        return [
            [name_of(app) for app in self.wanted if _is_selected(app, step)] for step in self.steps
        ]

    def places(self) -> dict[str, int]:
        """Application -> its first step, from 0."""
        found: dict[str, int] = {}
        for number, names in enumerate(self._stages()):
            for name in names:
                found.setdefault(name, number)
        return found

    def _turn(self, rows: Sequence[Row]) -> set[str]:
        """Those of the steps that are done, and of the first that is not."""
        states = {row["application"]: row["status"] for row in rows}
        live = {name_of(app): app for app in self.live}
        turn: set[str] = set()
        for names in self._stages():
            turn.update(names)
            done = (states.get(name) == HEALTHY and _is_well(live.get(name)) for name in names)
            if not all(done):
                break
        return turn

    def _begun(self, rows: list[Row]) -> list[Row]:
        """As many as a step allows at a time begin."""
        if not self.steps:
            return []
        places, turn = self.places(), self._turn(rows)
        # As Argo CD counts, what is of no step counts to the first.
        at = [places.get(row["application"], 0) for row in rows]
        busy = [0] * len(self.steps)
        for row, number in zip(rows, at, strict=True):
            busy[number] += row["status"] in (PENDING, PROGRESSING)
        for row, number in zip(rows, at, strict=True):
            most = _most(self.steps[number].get("maxUpdate"), at.count(number))
            allowed = row["application"] in turn and busy[number] < most
            if row["status"] == WAITING and allowed:
                self._set(row, PENDING, _MOVED)
                busy[number] += 1
        return rows


def _is_due(row: Row | None, app: Object | None) -> bool:
    """Whether it waits for a sync: what it has synced since it does so may not be seen yet."""
    if row is None or app is None or row["status"] != PENDING:
        return False
    return _state(app)[1] == OUT_OF_SYNC and not _is_synced_unseen(app, row)


def _is_synced_unseen(app: Object, row: Row) -> bool:
    """Whether a sync to these commits has succeeded since, and nobody has compared after it.

    Times are in seconds, so a sync of an earlier commit may look as late as this row.
    """
    status = app.get("status") or {}
    operation = status.get("operationState") or {}
    since = str(operation.get("startedAt", "")) >= str(row["lastTransitionTime"])
    result = operation.get("syncResult") or {}
    one = result.get("revision")
    synced = list(result.get("revisions") or ([one] if one else []))
    unseen = str(status.get("reconciledAt", "")) <= str(operation.get("finishedAt", ""))
    same = synced == list(row.get("targetRevisions") or [])
    return operation.get("phase") == SUCCEEDED and since and same and unseen


def _most(said: object, total: int) -> float:
    """How many of a step may be synced at a time."""
    if said is None:
        return math.inf
    text = str(said)
    if not text.endswith("%"):
        return int(text) if text.isdecimal() else math.inf
    share = text[:-1]
    if not share.isdecimal():
        return math.inf
    return 0 if share == "0" else max(1, int(share) * total // 100)


def _is_selected(app: Object, step: Mapping[str, Any]) -> bool:
    labels = labels_of(app)
    for expression in step.get("matchExpressions") or []:
        operator, value = expression.get("operator"), labels.get(expression.get("key"))
        inside = value in (expression.get("values") or [])
        if value is None:
            if operator == "In":
                return False
        elif operator not in ("In", "NotIn") or inside != (operator == "In"):
            return False
    return True


def state_of(app: Object) -> tuple[str, ...]:
    """All of an Application that a rollout goes by."""
    operation = (app.get("status") or {}).get("operationState") or {}
    return *_state(app), str(operation.get("startedAt", ""))


def _state(app: Object) -> tuple[str, str, str]:
    """Health, sync and the phase of the operation."""
    status = app.get("status") or {}
    return (
        str((status.get("health") or {}).get("status", "")),
        str((status.get("sync") or {}).get("status", "")),
        str((status.get("operationState") or {}).get("phase", "")),
    )


def _is_compared(app: Object) -> bool:
    """Whether what it says of its sync is no older than its last operation."""
    status = app.get("status") or {}
    operation = status.get("operationState") or {}
    finished = str(operation.get("finishedAt", ""))
    return operation.get("phase") != RUNNING and finished <= str(status.get("reconciledAt", ""))


def _is_well(app: Object | None) -> bool:
    if app is None:
        return False
    health, sync, phase = _state(app)
    return health == HEALTHY and sync != OUT_OF_SYNC and phase in (SUCCEEDED, "")


def _revisions(app: Object) -> list[str]:
    sync = (app.get("status") or {}).get("sync") or {}
    one = sync.get("revision")
    return list(sync.get("revisions") or ([one] if one else []))


def _by_hand(app: Object) -> tuple[Object, bool]:
    """An Application that is not synced by itself, and whether its syncs prune."""
    found = copied(app)
    policy = (found.get("spec") or {}).get("syncPolicy") or {}
    automated = policy.get("automated")
    if automated is None or automated.get("enabled") is False:
        return found, False
    del policy["automated"]
    return found, bool(automated.get("prune"))


def _operation(app: Object, prune: bool) -> Object:
    policy = (app.get("spec") or {}).get("syncPolicy")
    sync: Object = {}
    retry: Object = {"limit": _RETRIES}
    if policy is not None:
        retry = dict(policy.get("retry") or retry)
        if policy.get("syncOptions"):
            sync["syncOptions"] = list(policy["syncOptions"])
        if prune:
            sync["prune"] = True
    return {
        "initiatedBy": {"username": "applicationset-controller", "automated": True},
        "info": [dict(_INFO)],
        "retry": retry,
        "sync": sync,
    }

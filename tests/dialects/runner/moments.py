"""What genuine controllers tell or leave out by the moment, taken out of both sides by rules.

The genuine ones do not agree with themselves in these from run to run; what they come to in the end
is compared. Each rule says what it takes out, and all else counts.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gitops_lab.kube import Object

HEALTH, MOMENT = "Normal ResourceUpdated: Updated health status: ", "Progressing"
SET = "applicationset-controller"
NOTHING_NEW = "Normal ArtifactUpToDate: "
_PROGRESSING = ", updating status from Pending to Progressing."
_SEEN = {
    "No Application status found, defaulting status to Waiting.": "<waits>",
    "Application has pending changes, setting status to Waiting.": "<waits>",
    f"Application resource completed a sync successfully{_PROGRESSING}": "<progresses>",
    f"Application resource became Progressing{_PROGRESSING}": "<progresses>",
}
"""Two messages each for one state: an Application is seen before its first comparison or after it,
while its sync runs or when it has ended.
"""
_GONE = re.compile(
    r"Warning StatusRefreshed: Unable to delete application resources: \S+ \S+ not found$"
)
"""An object that goes while its deletion is asked for a second time."""
_DONE = re.compile(r"^(\S+/\S+) (?:created|configured|unchanged)$")


def lasting_events(
    events: Mapping[str, Sequence[str]], objects: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Events without a health Progressing that comes and goes within one step: Argo CD collects
    what its watches tell for 100 ms, and whether it sees such a state depends on the moment.
    `objects` are those at the end of the step.

    And without a HelmChart's word that there is nothing new: for one change Flux looks at it once
    or twice, and the same event told again in a later step is no new one.
    """
    found = {
        name: _anew(name, _lasting(lines, _health(objects.get(name))))
        for name, lines in events.items()
    }
    return {name: lines for name, lines in found.items() if lines}


def _lasting(lines: Sequence[str], health: str) -> list[str]:
    lines = [line for line in lines if not _GONE.match(line)]
    into = [line for line in lines if line.startswith(HEALTH) and line.endswith(f" -> {MOMENT}")]
    out = [line for line in lines if line.startswith(f"{HEALTH}{MOMENT} -> ")]
    if len(into) == 1 and not out and health not in ("", MOMENT):
        # An event that an earlier step has had is not recorded again.
        return [line for line in lines if line not in into]
    if len(into) != 1 or len(out) != 1:
        return list(lines)
    before = into[0].removesuffix(f" -> {MOMENT}").removeprefix(HEALTH)
    after = out[0].removeprefix(f"{HEALTH}{MOMENT} -> ")
    rest = [line for line in lines if line not in (into[0], out[0])]
    return rest if before == after else sorted({*rest, f"{HEALTH}{before} -> {after}"})


def _anew(name: str, lines: Sequence[str]) -> list[str]:
    chart = name.startswith("HelmChart/")
    return [line for line in lines if not (chart and line.startswith(NOTHING_NEW))]


def _health(view: Any) -> str:
    """What an Application says of its health; "" for one that is gone, or says nothing."""
    status = view.get("status") if isinstance(view, Mapping) else None
    found = status.get("health") if isinstance(status, Mapping) else None
    return str(found.get("status", "")) if isinstance(found, Mapping) else ""


def lasting_objects(objects: Mapping[str, Any]) -> dict[str, Any]:
    """Objects without what a rollout of an ApplicationSet tells of the moment.

    An Application that is synced and not compared yet is synced once more, or it is not; and the
    set sees it for the first time before or after its first comparison. Nor does it count how often
    a HelmRelease that goes on trying has failed by then.
    """
    return {name: _object(view) for name, view in objects.items()}


def _object(view: Any) -> Any:
    status = view.get("status") if isinstance(view, Mapping) else None
    if not isinstance(status, Mapping):
        return view
    changed = {
        **status,
        **_rows(status),
        **_history(status),
        **_operation(status),
        **_failures(status),
    }
    return {**view, "status": changed}


def _failures(status: Mapping[str, Any]) -> Object:
    """The number of failures so far, unless it has given up."""
    gave_up = any(one.get("type") == "Stalled" for one in status.get("conditions") or [])
    return {} if gave_up or not status.get("failures") else {"failures": "<some>"}


def _rows(status: Mapping[str, Any]) -> Object:
    """Which of two messages says how far an Application is."""
    rows = status.get("applicationStatus")
    if not rows:
        return {}
    return {
        "applicationStatus": [
            {**row, "message": _SEEN.get(str(row.get("message")), row.get("message"))}
            for row in rows
        ]
    }


def _history(status: Mapping[str, Any]) -> Object:
    """A sync of the same commit in a row, begun by the set's controller, counts once."""
    history = status.get("history")
    if not history:
        return {}
    found: list[Object] = []
    for entry in history:
        if found and _by_set(entry) and {**entry, "id": 0} == {**found[-1], "id": 0}:
            continue
        found.append({**entry, "id": len(found) if _by_set(entry) else entry.get("id")})
    return {"history": found}


def _operation(status: Mapping[str, Any]) -> Object:
    """What the second of two such syncs says of an object: nothing is left to be done."""
    state = status.get("operationState")
    result = (state or {}).get("syncResult") or {}
    if not state or not _by_set(state.get("operation") or {}) or not result.get("resources"):
        return {}
    rows = [
        {**row, "message": _DONE.sub(r"\1 <applied>", str(row.get("message", "")))}
        for row in result["resources"]
    ]
    return {"operationState": {**state, "syncResult": {**result, "resources": rows}}}


def _by_set(started: Mapping[str, Any]) -> bool:
    return (started.get("initiatedBy") or {}).get("username") == SET

"""Which names a definition gets: the first that asks for one has it until it is deleted."""

from collections.abc import Iterable
from typing import Any

from gitops_lab.apiserver import times

Object = dict[str, Any]

ACCEPTED = "NamesAccepted"
ESTABLISHED = "Established"
TERMINATING = "Terminating"


def accept_names(crd: Object, others: Iterable[Object], now: str) -> Object:
    """The status of a definition beside `others` of its group: acceptedNames and conditions.

    `now` is the time of conditions that change. What is not about names stays as it is.
    """
    status = dict(crd.get("status") or {})
    wanted = crd["spec"]["names"]
    names, reason, message = _accepted(wanted, status.get("acceptedNames") or {}, others)
    good = not reason
    status["acceptedNames"] = names
    status["conditions"] = with_condition(
        status.get("conditions") or [],
        (ACCEPTED, good, reason or "NoConflicts", message or "no conflicts found"),
        now,
    )
    if not condition_is(status, ESTABLISHED):
        found = ("InitialNamesAccepted", "the initial names have been accepted")
        why = found if good else ("NotAccepted", "not all names are accepted")
        status["conditions"] = with_condition(status["conditions"], (ESTABLISHED, good, *why), now)
    return status


def marked_for_deletion(status: Object) -> Object:
    """The status of a definition whose deletion has just been asked for."""
    text = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"
    found = (TERMINATING, True, "InstanceDeletionPending", text)
    conditions = with_condition(status.get("conditions") or [], found, times.now())
    return {**status, "conditions": conditions}


def _accepted(wanted: Object, had: Object, others: Iterable[Object]) -> tuple[Object, str, str]:
    resources, kinds = _taken(others)
    names, reason, message = dict(had), "", ""
    for key, taken in (("plural", resources), ("singular", resources)):
        problem = _clash(wanted.get(key), had.get(key), taken)
        if problem:
            reason, message = f"{key.capitalize()}Conflict", problem
        else:
            names[key] = wanted.get(key)
    clashes = [_clash(each, None, resources) for each in wanted.get("shortNames") or []
               if each not in (had.get("shortNames") or [])]  # fmt: skip
    if any(clashes):
        reason, message = "ShortNamesConflict", _together([each for each in clashes if each])
    else:
        names["shortNames"] = wanted.get("shortNames")
    for key in ("kind", "listKind"):
        problem = _clash(wanted.get(key), had.get(key), kinds)
        if problem:
            reason, message = f"{key[0].upper()}{key[1:]}Conflict", problem
        else:
            names[key] = wanted.get(key)
    names["categories"] = wanted.get("categories")
    kept = {key: value for key, value in names.items() if value}
    return {"plural": "", "kind": "", **kept}, reason, message


def _taken(others: Iterable[Object]) -> tuple[set[str], set[str]]:
    resources: set[str] = set()
    kinds: set[str] = set()
    for other in others:
        names = (other.get("status") or {}).get("acceptedNames") or {}
        resources |= {names.get("plural", ""), names.get("singular", "")}
        resources |= set(names.get("shortNames") or [])
        kinds |= {names.get("kind", ""), names.get("listKind", "")}
    return resources, kinds


def _clash(wanted: str | None, had: str | None, taken: set[str]) -> str:
    return f'"{wanted}" is already in use' if wanted != had and wanted in taken else ""


def _together(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def condition_is(status: Object, kind: str) -> bool:
    """Whether a condition is True."""
    return any(
        each.get("type") == kind and each.get("status") == "True"
        for each in status.get("conditions") or []
    )


def with_condition(
    conditions: list[Object], found: tuple[str, bool, str, str], now: str
) -> list[Object]:
    """Conditions with one of them set: (type, whether True, reason, message)."""
    kind, good, reason, message = found
    old = next((each for each in conditions if each["type"] == kind), None)
    fresh = {
        "type": kind,
        "status": "True" if good else "False",
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }
    if old is None:
        return [*conditions, fresh]
    if old["status"] == fresh["status"]:
        fresh["lastTransitionTime"] = old["lastTransitionTime"]
    return [fresh if each is old else each for each in conditions]

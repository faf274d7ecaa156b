"""The last link: everything is applied, and something is not well. Pure."""

from dataclasses import replace

from gitops_lab.engine.explain.model import Explanation, Facts, Link
from gitops_lab.engine.explain.pods import worst_problem
from gitops_lab.engine.health import HealthStatus
from gitops_lab.engine.locate import located_in
from gitops_lab.engine.status import ObjectStatus, Status
from gitops_lab.errors import Place
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.objects import condition_of

_ORDER = (
    HealthStatus.DEGRADED,
    HealthStatus.MISSING,
    HealthStatus.PROGRESSING,
    HealthStatus.UNKNOWN,
    HealthStatus.SUSPENDED,
)


def unwell_objects(status: Status) -> list[ObjectStatus]:
    """The rows that are not healthy, worst first."""
    bad = [row for row in status.objects if row.health and row.health.status in _ORDER]
    return sorted(bad, key=lambda row: _ORDER.index(row.health.status) if row.health else 99)


def explain_health(app: str, status: Status, facts: Facts) -> Explanation:
    """Names the worst object and, where its pods can be seen, the cause."""
    rows = unwell_objects(status)
    if not rows or rows[0].health is None:
        message = status.health.message or f"health is {status.health.status}."
        look = f"Look at its objects: `gitops-lab app show {app}`."
        return Explanation(app, Link.HEALTH, str(status.health.status), message, look)
    row = rows[0]
    health = row.health
    assert health is not None
    place = replace(facts.places.get(row.key, Place()), object=str(row.key))
    others = tuple(
        f"{r.key} is {r.health.status}: {r.health.message}" for r in rows[1:4] if r.health
    )
    explanation = Explanation(
        app,
        Link.HEALTH,
        str(health.status),
        f"{row.key} is {health.status}: {health.message or 'no more is known'}",
        _next_of(row.key, health.status),
        place,
        others,
    )
    return _with_cause(explanation, row.key, facts)


def _next_of(key: ObjectKey, status: HealthStatus) -> str:
    namespace = f" -n {key.namespace}" if key.namespace else ""
    if status is HealthStatus.PROGRESSING:
        return f"Wait, or watch it: `kubectl get {key.kind.lower()}{namespace} {key.name} -w`."
    return f"See `kubectl describe {key.kind.lower()}{namespace} {key.name}`."


def _with_cause(explanation: Explanation, key: ObjectKey, facts: Facts) -> Explanation:
    live = facts.live.get(key)
    evidence = (*_conditions(live), *explanation.evidence)
    problem = worst_problem(facts.pods.get(key, ()))
    if problem is None:
        return replace(explanation, evidence=evidence, reason=_stuck(live) or explanation.reason)
    return replace(
        explanation,
        reason=problem.reason,
        message=f"{key}: {problem.message}",
        next=problem.next,
        place=_pointed(replace(explanation.place, field=problem.field), facts),
        evidence=(explanation.message, *evidence),
    )


def _pointed(place: Place, facts: Facts) -> Place:
    return located_in(facts.texts.get(place.file, ""), place)


def _conditions(live: Object | None) -> tuple[str, ...]:
    """Conditions that say "no" where "yes" is wanted, in the object's own words."""
    told = []
    for name in ("ReplicaFailure", "Progressing", "Available", "Ready", "Failed"):
        condition = condition_of(live or {}, name) or {}
        bad = "True" if name in ("ReplicaFailure", "Failed") else "False"
        if condition.get("status") == bad:
            told.append(f"{name} is {bad}: {condition.get('message', '')}")
    return tuple(told)


def _stuck(live: Object | None) -> str:
    """The condition's own word for why a workload gets no further, "" when there is none."""
    progressing = condition_of(live or {}, "Progressing") or {}
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return "ProgressDeadlineExceeded"
    return str((condition_of(live or {}, "ReplicaFailure") or {}).get("reason", ""))

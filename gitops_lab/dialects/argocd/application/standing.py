"""How an Application stands after a comparison, as its `.status` says it. Pure."""

from collections.abc import Iterable

from gitops_lab.dialects.argocd.application.compare import UNKNOWN, Comparison
from gitops_lab.dialects.argocd.application.record import (
    COMPARED,
    INVALID_SPEC,
    UNKNOWN_ERROR,
    with_conditions,
    with_health,
)
from gitops_lab.dialects.argocd.application.spec import Spec
from gitops_lab.dialects.argocd.application.tasks import running_images
from gitops_lab.dialects.argocd.application.urls import urls_of
from gitops_lab.dialects.argocd.seams import NAMESPACE
from gitops_lab.kube import Object

Conditions = Iterable[tuple[str, str]]


def compared(
    obj: Object, spec: Spec, found: Comparison, conditions: Conditions, now: str
) -> Object:
    """Git was read, and compared with the cluster."""
    targets = found.targets
    sync: Object = {"status": found.status, "comparedTo": _compared_to(obj, spec)}
    if spec.several:
        sync["revisions"] = list(targets.revisions)
        kinds: Object = {"sourceTypes": list(targets.source_types)}
    else:
        sync["revision"] = targets.revisions[0]
        kinds = {"sourceType": targets.source_type}
    rows = [pair.row() for pair in found.pairs]
    return {**_common(obj, found, conditions, now), **kinds, "resources": rows, "sync": sync}


def unloaded(
    obj: Object, spec: Spec, found: Comparison, conditions: Conditions, now: str
) -> Object:
    """Git could not be read or rendered: `found` has what is there, and no targets."""
    asked = [str(one.get("targetRevision", "")) for one in spec.sources]
    sync: Object = {"status": UNKNOWN, "comparedTo": _compared_to(obj, spec)}
    if spec.several:
        sync["revisions"] = asked
    elif asked[0]:
        sync["revision"] = asked[0]
    rows = [{**pair.row(), "status": UNKNOWN} for pair in found.pairs]
    status = {**_common(obj, found, conditions, now), "resources": rows, "sync": sync}
    for kinds in ("sourceType", "sourceTypes"):
        status.pop(kinds, None)
    return status


def invalid(obj: Object, problems: Conditions, now: str) -> Object:
    """Nothing can be said of an Application that may not be, or can't be read."""
    before = obj.get("status") or {}
    evaluated = (INVALID_SPEC, UNKNOWN_ERROR)
    return {
        **before,
        "conditions": with_conditions(before.get("conditions") or [], problems, evaluated, now),
        "sync": {**(before.get("sync") or {}), "status": UNKNOWN},
        "health": with_health(before.get("health"), UNKNOWN, now),
    }


def _common(obj: Object, found: Comparison, conditions: Conditions, now: str) -> Object:
    before = obj.get("status") or {}
    live = [pair.live for pair in found.pairs if pair.live]
    images = sorted({image for one in live for image in running_images(one)})
    urls = sorted({url for one in (*live, obj) for url in urls_of(one)})
    known = before.get("conditions") or []
    status: Object = {
        **before,
        "conditions": with_conditions(known, conditions, COMPARED, now),
        "controllerNamespace": NAMESPACE,
        "health": with_health(before.get("health"), str(found.health), now),
        "resourceHealthSource": "appTree",
    }
    if images or urls or "summary" in before:
        summary = {"externalURLs": urls, "images": images}
        status["summary"] = {name: said for name, said in summary.items() if said}
    return status


def _compared_to(obj: Object, spec: Spec) -> Object:
    ignored = (obj.get("spec") or {}).get("ignoreDifferences")
    said: Object = {"destination": dict(spec.destination)}
    if spec.several:
        said["source"] = {"repoURL": ""}
        said["sources"] = list(spec.sources)
    else:
        said["source"] = dict(spec.sources[0])
    return {**said, "ignoreDifferences": ignored} if ignored else said

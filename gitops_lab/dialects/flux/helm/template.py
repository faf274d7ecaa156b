"""The HelmChart that a HelmRelease makes of its `spec.chart`."""

import contextlib

from gitops_lab.dialects.flux.draft import Draft
from gitops_lab.dialects.flux.events import TRACE, News
from gitops_lab.dialects.flux.fetching import API_VERSION
from gitops_lab.dialects.flux.helm.spec import CONTROLLER, GROUP, ReleaseSpec
from gitops_lab.dialects.flux.part import Context
from gitops_lab.kube import Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import name_of, namespace_of

KIND = "HelmChart"
_COPIED = ("chart", "version", "reconcileStrategy", "valuesFiles", "ignoreMissingValuesFiles")


def write_chart(context: Context, draft: Draft, spec: ReleaseSpec) -> None:
    """Make it, or bring it up to date; remove the one that is no longer meant. Raises ApiError."""
    template = spec.spec.get("chart")
    chart = _chart(draft.obj, spec) if template else None
    place = f"{namespace_of(chart)}/{name_of(chart)}" if chart else ""
    if draft.status.get("helmChart") not in (None, "", place):
        remove_chart(context, draft)
    if chart is None:
        return
    before = _live(context, chart)
    after = context.client.apply(chart, field_manager=CONTROLLER, force=True)
    generation = after["metadata"].get("generation")
    if before is None or before["metadata"].get("generation") != generation:
        reference = chart["spec"]["sourceRef"]
        source = f"{reference['kind']}/{namespace_of(chart)}/{reference['name']}"
        verb = "Configured" if before else "Created"
        told = f"{verb} HelmChart/{place} with SourceRef '{source}'"
        _tell(context, draft, f"HelmChart{verb}", told)
    draft.status["helmChart"] = place


def remove_chart(context: Context, draft: Draft) -> None:
    """Remove the HelmChart that the status names. Raises ApiError."""
    place = str(draft.status.get("helmChart") or "")
    if not place:
        return
    namespace, _, name = place.partition("/")
    with contextlib.suppress(NotFound):
        context.client.delete(API_VERSION, KIND, name, namespace)
        _tell(context, draft, "HelmChartDeleted", f"deleted HelmChart '{place}'")
    draft.status.pop("helmChart", None)


def _chart(obj: Object, spec: ReleaseSpec) -> Object:
    template = spec.spec["chart"]
    wanted = template["spec"]
    source = wanted["sourceRef"]
    namespace = source.get("namespace") or namespace_of(obj)
    metadata = template.get("metadata") or {}
    labels = {f"{GROUP}/name": name_of(obj), f"{GROUP}/namespace": namespace_of(obj)}
    content = {key: wanted[key] for key in _COPIED if wanted.get(key)}
    chart: Object = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": spec.chart_name,
            "namespace": namespace,
            "labels": {**(metadata.get("labels") or {}), **labels},
        },
        "spec": {
            **content,
            "interval": wanted.get("interval") or spec.spec["interval"],
            "sourceRef": {"kind": source["kind"], "name": source["name"]},
        },
    }
    if verify := wanted.get("verify"):
        chart["spec"]["verify"] = verify
    if annotations := metadata.get("annotations"):
        chart["metadata"]["annotations"] = annotations
    return chart


def _live(context: Context, chart: Object) -> Object | None:
    try:
        return context.client.get(API_VERSION, KIND, name_of(chart), namespace_of(chart))
    except NotFound:
        return None


def _tell(context: Context, draft: Draft, reason: str, message: str) -> None:
    context.announcer.tell(News(draft.obj, TRACE, reason, message, CONTROLLER))

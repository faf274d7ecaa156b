"""Uninstalling a release: its HelmRelease is going, or the release has moved to another place."""

from gitops_lab.dialects.flux.events import ERROR, INFO
from gitops_lab.dialects.flux.helm.flags import flags
from gitops_lab.dialects.flux.helm.history import chart, full_name
from gitops_lab.dialects.flux.helm.program import HelmFailed
from gitops_lab.dialects.flux.helm.summary import RELEASED, summarize
from gitops_lab.dialects.flux.helm.work import Work


def uninstall(work: Work) -> None:
    """Remove what is there. Raises HelmFailed, upon which it is tried again."""
    current = work.current
    if current is None:
        return
    name = str(current["name"])
    where = f"release {full_name(current)} with chart {chart(current)}"
    last = work.storage.last(name)
    kept = bool(work.spec.of("uninstall").get("keepHistory"))
    if last is None or (last.status == "uninstalled" and kept):
        gone = "was not found, assuming it is uninstalled" if last is None else ""
        message = f"Release {full_name(current)} {gone or 'was already uninstalled'}"
        work.draft.mark(RELEASED, "False", "UninstallSucceeded", message)
        summarize(work.draft, work.spec)
        return
    try:
        work.run("uninstall", ["uninstall", name, *flags(work, "uninstall")], name)
    except HelmFailed as error:
        message = f"Helm uninstall failed for {where}: {error.message}"
        work.status["failures"] = int(work.status.get("failures") or 0) + 1
        work.draft.mark(RELEASED, "False", "UninstallFailed", message)
        work.event(ERROR, "UninstallFailed", message, current)
        summarize(work.draft, work.spec)
        raise
    message = f"Helm uninstall succeeded for {where}"
    work.status.pop("inventory", None)
    work.draft.mark(RELEASED, "False", "UninstallSucceeded", message)
    work.event(INFO, "UninstallSucceeded", message, current)
    summarize(work.draft, work.spec)


def target_changed(work: Work, chart_name: str) -> bool:
    """Whether the release must go before it comes back in another place or from another chart."""
    current = work.current
    stored_in = work.status.get("storageNamespace")
    if current is None or not stored_in:
        return False
    moved = (work.spec.storage, work.spec.namespace, work.spec.name) != (
        stored_in,
        current["namespace"],
        current["name"],
    )
    reinstall = work.spec.of("upgrade").get("chartNameChangeStrategy") != "InPlaceUpdate"
    return moved or (reinstall and chart_name != current["chartName"])

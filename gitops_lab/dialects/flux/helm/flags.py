"""The options of `helm` for each action, from the HelmRelease's spec."""

from typing import Any

from gitops_lab.dialects.flux.durations import duration
from gitops_lab.dialects.flux.helm.work import Work


def flags(work: Work, action: str, to: int = 0) -> list[str]:
    """For install, upgrade, rollback (to a revision), test and uninstall."""
    spec = work.spec.of(action)
    found = ["--timeout", duration(work.spec.timeout(action))]
    if action == "test":
        return [*found, *_filters(spec)]
    found += _wait(work, action, spec)
    found += ["--no-hooks"] * bool(spec.get("disableHooks"))
    if action == "uninstall":
        found += ["--cascade", str(spec.get("deletionPropagation") or "background")]
        return found + ["--keep-history"] * bool(spec.get("keepHistory"))
    if action != "install":
        found += ["--history-max", str(work.spec.max_history)]
        found += ["--cleanup-on-fail"] * bool(spec.get("cleanupOnFail"))
    if action != "rollback":
        found += _release(spec)
    found += _server_side(work, action, spec, to)
    if action == "install":
        found += ["--replace"] * bool(spec.get("replace"))
        create = spec.get("createNamespace") and work.spec.spec.get("targetNamespace")
        found += ["--create-namespace"] * bool(create)
    if action == "upgrade":
        found.append("--reuse-values" if spec.get("preserveValues") else "--reset-values")
    return found


def _release(spec: dict[str, Any]) -> list[str]:
    found = ["--skip-crds", "--devel", "--hide-notes"]
    found += ["--take-ownership"] * (not spec.get("disableTakeOwnership"))
    found += ["--disable-openapi-validation"] * bool(spec.get("disableOpenAPIValidation"))
    return found + ["--skip-schema-validation"] * bool(spec.get("disableSchemaValidation"))


def _wait(work: Work, action: str, spec: dict[str, Any]) -> list[str]:
    if spec.get("disableWait") or work.waits_itself(action):
        return ["--wait=hookOnly"]
    legacy = (work.spec.spec.get("waitStrategy") or {}).get("name") == "legacy"
    found = ["--wait=legacy" if legacy else "--wait=watcher"]
    jobs = action != "uninstall" and not spec.get("disableWaitForJobs")
    return found + ["--wait-for-jobs"] * jobs


def _filters(spec: dict[str, Any]) -> list[str]:
    found = []
    for one in spec.get("filters") or []:
        found += ["--filter", f"{'!' if one.get('exclude') else ''}name={one['name']}"]
    return found


def _server_side(work: Work, action: str, spec: dict[str, Any], to: int) -> list[str]:
    """Server-side apply, and then in spite of other managers; as the release before, if `auto`."""
    asked = spec.get("serverSideApply")
    if action == "install":
        on = asked is not False
        return ["--server-side=true", "--force-conflicts"] if on else ["--server-side=false"]
    on = asked == "enabled"
    if asked in (None, "auto"):
        name = work.spec.name
        before = work.storage.get(name, to) if to else work.storage.last(name)
        on = before is None or before.data.get("apply_method") == "ssa"
    if on:
        return ["--server-side=true", "--force-conflicts"]
    return ["--server-side=false", *["--force-replace"] * bool(spec.get("force"))]

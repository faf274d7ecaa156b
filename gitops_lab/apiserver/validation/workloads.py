"""The kinds that make pods."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.cron import schedule_problem
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    forbidden,
    invalid,
    not_supported,
    required,
)
from gitops_lab.apiserver.validation.pods import check_template
from gitops_lab.apiserver.validation.selectors import (
    check_selector,
    is_empty,
    is_readable,
    matches,
    shown_selector,
)

Fields = dict[str, Any]
Problems = Iterator[FieldError]
IMMUTABLE = "field is immutable"
NOT_NEGATIVE = "must be greater than or equal to 0"


def deployment(new: Fields, old: Fields | None) -> Problems:
    """A Deployment."""
    spec = new["spec"]
    if old is not None and spec == old["spec"]:
        return
    yield from _not_negative(spec, "replicas")
    yield from _selected_template(spec, "deployment")
    yield from _strategy(spec["strategy"])
    yield from _not_negative(spec, "minReadySeconds", "revisionHistoryLimit")
    yield from _not_negative(spec, "progressDeadlineSeconds")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        detail = "must be greater than minReadySeconds"
        yield invalid("spec.progressDeadlineSeconds", deadline, detail)
    yield from _same_selector(new, old)


def replica_set(new: Fields, old: Fields | None) -> Problems:
    """A ReplicaSet."""
    spec = new["spec"]
    if old is not None and spec == old["spec"]:
        return
    yield from _not_negative(spec, "replicas", "minReadySeconds")
    yield from _selected_template(spec, "deployment")  # the real server says deployment here too
    yield from _same_selector(new, old)


STATEFUL_FIXED = ("volumeClaimTemplates", "serviceName", "podManagementPolicy")


def stateful_set(new: Fields, old: Fields | None) -> Problems:
    """A StatefulSet."""
    spec = new["spec"]
    if old is not None and spec == old["spec"]:
        return
    policy = spec.get("podManagementPolicy")
    if policy not in ("OrderedReady", "Parallel"):
        detail = "must be 'OrderedReady' or 'Parallel'"
        yield invalid("spec.podManagementPolicy", policy, detail)
    yield from _stateful_update(spec["updateStrategy"])
    yield from _not_negative(spec, "replicas", "minReadySeconds")
    yield from _selected_template(_with_claims(spec), "statefulset")
    yield from _same_selector(new, old)
    for field in STATEFUL_FIXED if old is not None else ():
        if old is not None and spec.get(field) != old["spec"].get(field):
            yield invalid(f"spec.{field}", spec.get(field), IMMUTABLE)


def _stateful_update(strategy: Fields) -> Problems:
    """The messages show the server's internal form of the strategy."""
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    shown = None
    if rolling is not None:
        shown = {
            "Partition": rolling.get("partition", 0),
            "MaxUnavailable": rolling.get("maxUnavailable"),
        }
    if kind not in ("RollingUpdate", "OnDelete"):
        whole = {"Type": kind, "RollingUpdate": shown}
        yield invalid("spec.updateStrategy", whole, "must be 'RollingUpdate' or 'OnDelete'")
    elif kind == "OnDelete" and rolling is not None:
        detail = "only allowed for updateStrategy 'RollingUpdate'"
        yield invalid("spec.updateStrategy.rollingUpdate", shown, detail)


def _with_claims(spec: Fields) -> Fields:
    """The spec with a volume for each claim template, as its pods will have."""
    claims = [claim["metadata"].get("name", "") for claim in spec.get("volumeClaimTemplates", ())]
    if not claims:
        return spec
    pod = spec["template"]["spec"]
    own = [volume for volume in pod.get("volumes", ()) if volume.get("name") not in claims]
    made = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
    template = {**spec["template"], "spec": {**pod, "volumes": made + own}}
    return {**spec, "template": template}


def daemon_set(new: Fields, old: Fields | None) -> Problems:
    """A DaemonSet."""
    spec = new["spec"]
    if old is not None and spec == old["spec"]:
        return
    yield from _selected_template(spec, "daemonset")
    kind = spec["updateStrategy"].get("type")
    if kind not in ("RollingUpdate", "OnDelete"):
        yield not_supported("spec.updateStrategy.type", kind, ("RollingUpdate", "OnDelete"))
    yield from _not_negative(spec, "minReadySeconds", "revisionHistoryLimit")
    yield from _same_selector(new, old)


JOB_FIXED = ("selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex")


JOB_COUNTS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
)


def job(new: Fields, old: Fields | None) -> Problems:
    """A Job."""
    spec = new["spec"]
    if old is not None and spec == old["spec"]:
        return
    yield from _not_negative(spec, *JOB_COUNTS)
    yield from _job_template(spec["template"], "spec.template")
    yield from _job_selector(spec)
    if old is None:
        return
    for field in JOB_FIXED:
        if spec.get(field) != old["spec"].get(field):
            yield invalid(f"spec.{field}", spec.get(field), IMMUTABLE)
    if spec["template"] != old["spec"]["template"] and not old["spec"].get("suspend"):
        yield invalid("spec.template", spec["template"], IMMUTABLE)
    changed = spec.get("completions") != old["spec"].get("completions")
    if changed and spec.get("completionMode") != "Indexed":
        yield invalid("spec.completions", spec.get("completions"), IMMUTABLE)


def _job_selector(spec: Fields) -> Problems:
    """It is made by the server, but whoever replaces a Job has to send it along."""
    selector, labels = spec.get("selector"), spec["template"].get("metadata", {}).get("labels")
    if selector is None:
        yield required("spec.selector")
    else:
        yield from check_selector(selector, "spec.selector")
    if selector is None or (is_readable(selector) and not matches(selector, labels or {})):
        detail = "`selector` does not match template `labels`"
        yield invalid("spec.template.metadata.labels", labels, detail)


def cron_job(new: Fields, old: Fields | None) -> Problems:
    """A CronJob."""
    spec = new["spec"]
    if old is not None and spec == old["spec"]:
        return
    if not spec.get("schedule"):
        yield required("spec.schedule")
    elif problem := schedule_problem(spec["schedule"]):
        yield invalid("spec.schedule", spec["schedule"], problem)
    policies = ("Allow", "Forbid", "Replace")
    if spec.get("concurrencyPolicy") not in policies:
        yield not_supported("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), policies)
    limits = ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
    yield from _not_negative(spec, *limits)
    job_spec, path = spec["jobTemplate"]["spec"], "spec.jobTemplate.spec"
    yield from _not_negative(job_spec, *JOB_COUNTS, path=path)
    yield from _job_template(job_spec["template"], f"{path}.template")


def _job_template(template: Fields, path: str) -> Problems:
    yield from check_template(template, path)
    policy = template["spec"].get("restartPolicy")
    if policy == "Always":
        yield required(f"{path}.spec.restartPolicy", 'valid values: "OnFailure", "Never"')


def _not_negative(spec: Fields, *fields: str, path: str = "spec") -> Problems:
    for field in fields:
        if (spec.get(field) or 0) < 0:
            yield invalid(f"{path}.{field}", spec[field], NOT_NEGATIVE)


def _selected_template(spec: Fields, word: str) -> Problems:
    """A selector that is there, is valid, and matches the template; the template itself."""
    selector, path = spec.get("selector"), "spec.selector"
    if selector is None:
        if word != "daemonset":  # whose missing selector is told of as one that matches nothing
            yield required(path)
    else:
        yield from check_selector(selector, path)
        if is_empty(selector):
            detail = f"empty selector is invalid for {word}"
            yield invalid(path, shown_selector(selector), detail)
    if selector is not None and not is_readable(selector) and word != "daemonset":
        detail = "" if word == "statefulset" else "invalid label selector"
        yield invalid(path, shown_selector(selector), detail)
        return
    labels = spec["template"].get("metadata", {}).get("labels")
    if not _selects(selector, labels or {}):
        shown = dict(sorted(labels.items())) if labels else None
        detail = "`selector` does not match template `labels`"
        yield invalid("spec.template.metadata.labels", shown, detail)
    yield from check_template(spec["template"], "spec.template")
    pod = spec["template"]["spec"]
    if pod.get("restartPolicy") != "Always":
        where = "spec.template.spec.restartPolicy"
        yield not_supported(where, pod.get("restartPolicy"), ("Always",))
    if "activeDeadlineSeconds" in pod:
        kind = "ReplicaSet" if word == "deployment" else word
        detail = f"activeDeadlineSeconds in {kind} is not Supported"
        yield forbidden("spec.template.spec.activeDeadlineSeconds", detail)


def _selects(selector: Fields | None, labels: Fields) -> bool:
    """Whether a template is selected; an unreadable selector has been told of already."""
    if selector is None:
        return False
    return not is_readable(selector) or is_empty(selector) or matches(selector, labels)


def _same_selector(new: Fields, old: Fields | None) -> Problems:
    if old is None:
        return
    selector = new["spec"].get("selector")
    if selector != old["spec"].get("selector"):
        yield invalid("spec.selector", shown_selector(selector), IMMUTABLE)


def _strategy(strategy: Fields) -> Problems:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    path = "spec.strategy"
    if kind == "Recreate":
        if rolling is not None:
            detail = "may not be specified when strategy `type` is 'Recreate'"
            yield forbidden(f"{path}.rollingUpdate", detail)
    elif kind == "RollingUpdate":
        yield from _rolling_update(rolling or {}, f"{path}.rollingUpdate")
    else:
        shown = None  # the message shows the server's internal form
        if rolling is not None:
            unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
            shown = {"MaxUnavailable": unavailable, "MaxSurge": surge}
        whole = {"Type": kind, "RollingUpdate": shown}
        yield not_supported(path, whole, ("Recreate", "RollingUpdate"))


def _rolling_update(rolling: Fields, path: str) -> Problems:
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    for field, value in (("maxUnavailable", unavailable), ("maxSurge", surge)):
        if isinstance(value, str):
            for why in names.percent(value):
                yield invalid(f"{path}.{field}", value, why)
        elif value < 0:
            yield invalid(f"{path}.{field}", value, NOT_NEGATIVE)
    if _share(unavailable) == 0 and _share(surge) == 0:
        yield invalid(f"{path}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0")
    if isinstance(unavailable, str) and _share(unavailable) > 100:
        yield invalid(f"{path}.maxUnavailable", unavailable, "must not be greater than 100%")


def _share(value: int | str) -> int:
    """The number of a count or a percentage; 0 for what is neither."""
    if isinstance(value, int):
        return value
    digits = value.removesuffix("%")
    return int(digits) if digits.isdecimal() else 0

"""Pods and what makes pods. An update is told of when it changes what is asked for."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.warnings.pods import template
from gitops_lab.apiserver.validation.warnings.volumes import storage

Fields = dict[str, Any]
_MANY_INDEXES, _MANY_AT_ONCE = 100_000, 10_000
_ALL_KEPT = (
    "spec.revisionHistoryLimit: a negative value retains all historical revisions; "
    "a value >= 0 is recommended"
)


def pod(new: Fields, old: Fields | None) -> Iterator[str]:
    """A pod, when it is made: nobody reads what is said of a pod's updates."""
    if old is None:
        yield from _host_name(new, "the Pod's hostname")
        yield from template("", new)


def replicas(new: Fields, old: Fields | None) -> Iterator[str]:
    """A Deployment, a ReplicaSet or a ReplicationController."""
    if old is None:
        yield from _host_name(new)
    if _changed(new, old):
        yield from template("spec.template", new["spec"].get("template") or {})


def pod_template(new: Fields, old: Fields | None) -> Iterator[str]:
    """A PodTemplate."""
    if _changed(new, old):
        yield from template("template", new.get("template") or {})


def daemon_set(new: Fields, old: Fields | None) -> Iterator[str]:
    """A DaemonSet."""
    found = new["spec"]["template"]
    if old is None or found != old["spec"]["template"]:
        yield from template("spec.template", found)


def stateful_set(new: Fields, old: Fields | None) -> Iterator[str]:
    """A StatefulSet."""
    if _changed(new, old):
        yield from template("spec.template", new["spec"]["template"])
    inside = "" if old is None else ".Spec"
    for at, claim in enumerate(new["spec"].get("volumeClaimTemplates") or []):
        yield from storage(f"spec.volumeClaimTemplates[{at}]{inside}", claim.get("spec"))
    if (new["spec"].get("revisionHistoryLimit") or 0) < 0:
        yield _ALL_KEPT


def job(new: Fields, old: Fields | None) -> Iterator[str]:
    """A Job."""
    if old is None:
        yield from _host_name(new)
    if _changed(new, old):
        yield from _job("spec", new["spec"])


def cron_job(new: Fields, old: Fields | None) -> Iterator[str]:
    """A CronJob."""
    if old is None:
        yield from _host_name(new)
    if _changed(new, old):
        yield from _job("spec.jobTemplate.spec", new["spec"]["jobTemplate"].get("spec") or {})
    if old is not None and "TZ" in new["spec"].get("schedule", ""):
        yield (
            "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see "
            "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
        )


def _job(path: str, spec: Fields) -> Iterator[str]:
    many = (spec.get("completions") or 0) > _MANY_INDEXES
    many = many and (spec.get("parallelism") or 0) > _MANY_AT_ONCE
    if many and spec.get("completionMode") == "Indexed":
        yield (
            f"{path}: In Indexed Jobs with a number of completions higher than 10^5 and a "
            "parallelism higher than 10^4, Kubernetes might not be able to track "
            "completedIndexes when a big number of indexes fail"
        )
    yield from template(f"{path}.template", spec.get("template") or {})


def _changed(new: Fields, old: Fields | None) -> bool:
    if old is None:
        return True
    return bool(new["metadata"].get("generation") != old["metadata"].get("generation"))


def _host_name(new: Fields, use: str = "Pod names and hostnames") -> Iterator[str]:
    why = names.label(new["metadata"].get("name", ""))
    if why:
        yield (
            f"metadata.name: this is used in {use}, which can result in surprising behavior; "
            f"a DNS label is recommended: [{' '.join(why)}]"
        )

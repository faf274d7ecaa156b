"""Defaults of the kinds that make pods."""

from typing import Any

from gitops_lab.apiserver.defaults.pods import template

Fields = dict[str, Any]


def deployment(obj: Fields) -> None:
    """Rolling update by a quarter, ten revisions, ten minutes to progress."""
    spec = obj["spec"]
    template(spec)
    spec.setdefault("replicas", 1)
    strategy = spec["strategy"]
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)


def replica_set(obj: Fields) -> None:
    """One replica."""
    template(obj["spec"])
    obj["spec"].setdefault("replicas", 1)


def replication_controller(obj: Fields) -> None:
    """One replica; selector and labels from the template."""
    spec = obj["spec"]
    spec.setdefault("replicas", 1)
    if not spec.get("template"):
        return
    template(spec)
    labels = spec["template"]["metadata"].get("labels")
    if labels:
        spec.setdefault("selector", dict(labels))
        obj["metadata"].setdefault("labels", dict(labels))


def stateful_set(obj: Fields) -> None:
    """Ordered pods, rolling update from the last, volumes retained."""
    spec = obj["spec"]
    template(spec)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    strategy = spec["updateStrategy"]
    if "type" not in strategy:
        strategy["type"] = "RollingUpdate"
        strategy.setdefault("rollingUpdate", {})
    if strategy["type"] == "RollingUpdate" and "rollingUpdate" in strategy:
        strategy["rollingUpdate"].setdefault("partition", 0)
        strategy["rollingUpdate"].setdefault("maxUnavailable", 1)
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    for claim in spec.get("volumeClaimTemplates", ()):
        claim |= {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
        claim["spec"].setdefault("volumeMode", "Filesystem")
        claim["status"].setdefault("phase", "Pending")


TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def daemon_set(obj: Fields) -> None:
    """Rolling update, one node at a time; an annotation that stands for a field of old."""
    spec, metadata = obj["spec"], obj["metadata"]
    annotations = metadata.get("annotations", {})
    metadata["annotations"] = {TEMPLATE_GENERATION: "1", **annotations}
    template(spec)
    strategy = spec["updateStrategy"]
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    elif strategy.get("rollingUpdate") is not None:
        # Nobody heeds it here, but the genuine server can't tell an absent number from none.
        strategy["rollingUpdate"] = {
            "maxUnavailable": 0,
            "maxSurge": 0,
            **strategy["rollingUpdate"],
        }
    spec.setdefault("revisionHistoryLimit", 10)


def job(obj: Fields) -> None:
    """One completion, six retries."""
    labels = obj["spec"]["template"]["metadata"].get("labels")
    if labels:
        obj["metadata"].setdefault("labels", dict(labels))
    job_spec(obj["spec"])
    spec = obj["spec"]
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 2**31 - 1 if "backoffLimitPerIndex" in spec else 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    replace = "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed"
    spec.setdefault("podReplacementPolicy", replace)
    spec.setdefault("manualSelector", False)


def job_spec(spec: Fields) -> None:
    """What a Job and the template of a CronJob share."""
    template(spec)
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for pattern in rule.get("onPodConditions") or ():
            if not pattern.get("status"):
                pattern["status"] = "True"


def cron_job(obj: Fields) -> None:
    """Concurrent runs allowed; three successes and one failure are kept."""
    spec = obj["spec"]
    job_spec(spec["jobTemplate"]["spec"])
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)


def pod_template(obj: Fields) -> None:
    """A PodTemplate."""
    template(obj)


SCALE_UP = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
SCALE_DOWN = {
    "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}


def autoscaler(obj: Fields) -> None:
    """One replica at least, 80 % CPU; both directions when a behavior is given."""
    spec = obj["spec"]
    spec.setdefault("minReplicas", 1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    behavior = spec.get("behavior")
    if behavior is not None:
        behavior["scaleUp"] = {**SCALE_UP, **behavior.get("scaleUp", {})}
        behavior["scaleDown"] = {**SCALE_DOWN, **behavior.get("scaleDown", {})}


def autoscaler_v1(obj: Fields) -> None:
    """One replica at least."""
    obj["spec"].setdefault("minReplicas", 1)

"""Storage, autoscaling, disruption budgets and quotas."""

from typing import Any

from gitops_lab.apiserver.tables.columns import (
    AGE,
    NAME,
    NONE,
    UNSET,
    Cells,
    Column,
    Object,
    Printer,
    age_of,
    columns,
    name_of,
    number,
    part,
    shortened,
)

MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
OLD_CLASS = "volume.beta.kubernetes.io/storage-class"
SOURCES = {"Resource": "resource", "ContainerResource": "containerResource"}


def _volume(obj: Object) -> Cells:
    spec = part(obj, "spec")
    claim = spec.get("claimRef")
    return [
        name_of(obj),
        part(spec, "capacity").get("storage", "0"),
        _modes(spec),
        spec.get("persistentVolumeReclaimPolicy", ""),
        _phase(obj),
        f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "",
        _class(obj),
        spec.get("volumeAttributesClassName", UNSET),
        part(obj, "status").get("reason", ""),
        age_of(obj),
        spec.get("volumeMode", UNSET),
    ]


def _claim(obj: Object) -> Cells:
    spec, status = part(obj, "spec"), part(obj, "status")
    bound = bool(spec.get("volumeName"))
    return [
        name_of(obj),
        _phase(obj),
        spec.get("volumeName", ""),
        part(status, "capacity").get("storage", "0") if bound else "",
        _modes(status) if bound else "",
        _class(obj),
        spec.get("volumeAttributesClassName", UNSET),
        age_of(obj),
        spec.get("volumeMode", UNSET),
    ]


def _phase(obj: Object) -> str:
    if part(obj, "metadata").get("deletionTimestamp"):
        return "Terminating"
    return str(part(obj, "status").get("phase", ""))


def _modes(values: Object) -> str:
    asked = values.get("accessModes") or []
    return ",".join(short for mode, short in MODES.items() if mode in asked)


def _class(obj: Object) -> str:
    old = part(obj, "metadata", "annotations").get(OLD_CLASS)
    return str(old or part(obj, "spec").get("storageClassName") or "")


def _storage_class(obj: Object) -> Cells:
    policies = [obj.get("reclaimPolicy", "Delete"), obj.get("volumeBindingMode", "Immediate")]
    expands = bool(obj.get("allowVolumeExpansion"))
    return [name_of(obj), obj.get("provisioner", ""), *policies, expands, age_of(obj)]


def _autoscaler(obj: Object) -> Cells:
    spec, status = part(obj, "spec"), part(obj, "status")
    target = part(spec, "scaleTargetRef")
    least = spec.get("minReplicas")
    return [
        name_of(obj),
        f"{target.get('kind')}/{target.get('name')}",
        _targets(spec, status),
        UNSET if least is None else str(least),
        spec.get("maxReplicas", 0),
        status.get("currentReplicas", 0),
        age_of(obj),
    ]


def _targets(spec: Object, status: Object) -> str:
    if spec.get("targetCPUUtilizationPercentage") is not None:  # autoscaling/v1
        return f"cpu: {_percent(status.get('currentCPUUtilizationPercentage'))}/" + _percent(
            spec["targetCPUUtilizationPercentage"]
        )
    current = status.get("currentMetrics") or []
    metrics = spec.get("metrics") or []
    paired = [(each, current[i] if i < len(current) else {}) for i, each in enumerate(metrics)]
    return shortened([_metric(*each) for each in paired], 2, NONE, ", ")


def _metric(spec: Object, status: Object) -> str:
    kind = spec.get("type", "")
    key = SOURCES.get(kind, kind.lower())
    source, now = part(spec, key), part(status, key, "current")
    target = part(source, "target")
    if not source:
        return "<unknown type>"
    name = f"{source['name']}: " if kind in SOURCES else ""
    if target.get("averageValue") is not None:
        suffix = " (avg)" if kind in ("External", "Object") else ""
        return f"{name}{now.get('averageValue', '<unknown>')}/{target['averageValue']}{suffix}"
    if kind in SOURCES:
        wanted = target.get("averageUtilization")
        goal = "<auto>" if wanted is None else f"{wanted}%"
        return f"{name}{_percent(now.get('averageUtilization'))}/{goal}"
    return f"{now.get('value', '<unknown>')}/{target.get('value', '0')}"


def _percent(value: Any) -> str:
    return "<unknown>" if value is None else f"{value}%"


def _budget(obj: Object) -> Cells:
    spec = part(obj, "spec")
    limits = [str(spec.get(key, "N/A")) for key in ("minAvailable", "maxUnavailable")]
    allowed = part(obj, "status").get("disruptionsAllowed", 0)
    return [name_of(obj), *limits, allowed, age_of(obj)]


def _quota(obj: Object) -> Cells:
    hard, used = part(obj, "status", "hard"), part(obj, "status", "used")
    rows = {name: f"{name}: {used.get(name, '0')}/{hard[name]}" for name in sorted(hard)}
    requests = [text for name, text in rows.items() if not name.startswith("limits.")]
    limits = [text for name, text in rows.items() if name.startswith("limits.")]
    return [name_of(obj), ", ".join(requests), ", ".join(limits), age_of(obj)]


PRINTERS = {
    ("", "PersistentVolume"): Printer(
        columns(
            NAME, "Capacity", "Access Modes", "Reclaim Policy", "Status", "Claim", "StorageClass",
            "VolumeAttributesClass", "Reason", AGE, Column("VolumeMode", priority=1),
        ),
        _volume,
    ),
    ("", "PersistentVolumeClaim"): Printer(
        columns(
            NAME, "Status", "Volume", "Capacity", "Access Modes", "StorageClass",
            "VolumeAttributesClass", AGE, Column("VolumeMode", priority=1),
        ),
        _claim,
    ),
    ("storage.k8s.io", "StorageClass"): Printer(
        columns(
            NAME, "Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", AGE
        ),
        _storage_class,
    ),
    ("autoscaling", "HorizontalPodAutoscaler"): Printer(
        columns(NAME, "Reference", "Targets", "MinPods", "MaxPods", "Replicas", AGE), _autoscaler
    ),
    ("policy", "PodDisruptionBudget"): Printer(
        columns(NAME, "Min Available", "Max Unavailable", number("Allowed Disruptions"), AGE),
        _budget,
    ),
    ("", "ResourceQuota"): Printer(columns(NAME, "Request", "Limit", AGE), _quota),
}  # fmt: skip

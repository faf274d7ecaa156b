"""Autoscalers, disruption budgets, volume claims, limit ranges and events."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from gitops_lab.apiserver.types.quantity import parse_quantity
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from gitops_lab.apiserver.validation.selectors import check_selector, shown_selector

Fields = dict[str, Any]
Problems = Iterator[FieldError]
ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")
LIMITS = ("minAvailable", "maxUnavailable")


def autoscaler(new: Fields, old: Fields | None) -> Problems:
    """A HorizontalPodAutoscaler (autoscaling/v2): its bounds and what it scales."""
    spec = new["spec"]
    least, most = spec.get("minReplicas"), spec.get("maxReplicas") or 0
    if least is not None and least < 1:
        yield invalid("spec.minReplicas", least, "must be greater than or equal to 1")
    if most == 0:
        yield required("spec.maxReplicas", "must be set and greater than 0")
    elif most < 0:
        yield invalid("spec.maxReplicas", most, "must be greater than or equal to 1")
    if least is not None and most < least:
        yield invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    target = spec["scaleTargetRef"]
    for name in ("kind", "name"):
        if not target.get(name):
            yield required(f"spec.scaleTargetRef.{name}")
    version = target.get("apiVersion", "")
    core = target.get("kind") == "ReplicationController" and version == "v1"
    if "/" not in version and not core:
        detail = "apiVersion must specify API group"
        yield invalid("spec.scaleTargetRef.apiVersion", version, detail)


def disruption_budget(new: Fields, old: Fields | None) -> Problems:
    """One bound of the two."""
    spec = new["spec"]
    if all(spec.get(name) is not None for name in LIMITS):
        shown = {
            "MinAvailable": spec["minAvailable"],
            "Selector": shown_selector(spec.get("selector")),
            "MaxUnavailable": spec["maxUnavailable"],
            "UnhealthyPodEvictionPolicy": spec.get("unhealthyPodEvictionPolicy"),
        }
        yield invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set")
    for name in LIMITS:
        value = spec.get(name)
        if isinstance(value, int) and value < 0:
            yield invalid(f"spec.{name}", value, "must be greater than or equal to 0")
    if spec.get("selector"):
        yield from check_selector(spec["selector"], "spec.selector")


def claim(new: Fields, old: Fields | None) -> Problems:
    """A PersistentVolumeClaim: modes and size."""
    spec = new["spec"]
    modes = spec.get("accessModes") or []
    if not modes:
        yield required("spec.accessModes", "at least 1 access mode is required")
    for mode in modes:
        if mode not in ACCESS_MODES:
            yield not_supported("spec.accessModes", mode, ACCESS_MODES)
    if "ReadWriteOncePod" in modes and len(set(modes)) > 1:
        detail = "may not use ReadWriteOncePod with other access modes"
        yield forbidden("spec.accessModes", detail)
    if not (spec.get("resources", {}).get("requests") or {}).get("storage"):
        yield required("spec.resources[storage]")
    mode = spec.get("volumeMode")
    if mode is not None and mode not in VOLUME_MODES:
        yield not_supported("spec.volumeMode", mode, VOLUME_MODES)

    if old is not None:
        yield from _claim_change(new, old)


_CLAIM_FIXED = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName "
    "for bound claims"
)


def _claim_change(new: Fields, old: Fields) -> Problems:
    """Once made, a claim gets its volume, and when it is bound it may grow."""
    spec, before = deepcopy(new["spec"]), deepcopy(old["spec"])
    if not before.get("volumeName"):
        before["volumeName"] = spec.get("volumeName")
    if before.get("storageClassName") is None:
        before["storageClassName"] = spec.get("storageClassName")
    requests = (spec.get("resources") or {}).get("requests")
    size, was = (_storage(each["spec"]) for each in (new, old))
    if (new.get("status") or {}).get("phase") == "Bound":
        if requests and was is not None:
            requests["storage"] = was
        before["volumeAttributesClassName"] = spec.get("volumeAttributesClassName")
    if _present(spec) != _present(before):
        yield forbidden("spec", _CLAIM_FIXED)
    held = ((old.get("status") or {}).get("capacity") or {}).get("storage", "0")
    now, earlier = (parse_quantity(each or "0").value for each in (size, was))
    if now < earlier and now <= parse_quantity(held).value:
        path = "spec.resources.requests.storage"
        yield forbidden(path, "field can not be less than status.capacity")
    if new["spec"].get("volumeMode") != old["spec"].get("volumeMode"):
        yield invalid("volumeMode", new["spec"].get("volumeMode"), "field is immutable")


def _storage(spec: Fields) -> str | None:
    found: str | None = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    return found


def _present(spec: Fields) -> Fields:
    return {key: value for key, value in spec.items() if value is not None}


def event(new: Fields, old: Fields | None) -> Problems:
    """An event is kept beside what it is about; those about the cluster are in `default`."""
    about = (new.get("involvedObject") or {}).get("namespace") or ""
    own = new["metadata"].get("namespace") or ""
    beside = own in ("", "default") if not about else own == about
    if not beside:
        yield invalid("involvedObject.namespace", about, "does not match event.namespace")


def limit_range(new: Fields, old: Fields | None) -> Problems:
    """Bounds and defaults that agree with each other, one item for each type."""
    seen: set[str] = set()
    for index, item in enumerate(new["spec"].get("limits") or ()):
        path, kind = f"spec.limits[{index}]", item.get("type", "")
        if kind in seen:
            yield duplicate(f"{path}.type", kind)
        seen.add(kind)
        if kind == "Pod":
            for name in ("default", "defaultRequest"):
                if item.get(name):
                    yield forbidden(f"{path}.{name}", "may not be specified when `type` is 'Pod'")
        if kind == "PersistentVolumeClaim" and not any(
            "storage" in (item.get(name) or {}) for name in ("min", "max")
        ):
            detail = "either minimum or maximum storage value is required, but neither was provided"
            yield required(f"{path}.limits", detail)
        yield from _bounds(item, path)


# (field that is told, the smaller, the larger, the value that is shown, how both are called)
_ORDER = (
    ("min", "min", "max", "min", "min value {} is greater than max value {}"),
    (
        "defaultRequest",
        "min",
        "defaultRequest",
        "defaultRequest",
        "min value {} is greater than default request value {}",
    ),
    (
        "defaultRequest",
        "defaultRequest",
        "max",
        "defaultRequest",
        "default request value {} is greater than max value {}",
    ),
    (
        "defaultRequest",
        "defaultRequest",
        "default",
        "defaultRequest",
        "default request value {} is greater than default limit value {}",
    ),
    ("default", "min", "default", "min", "min value {} is greater than default value {}"),
    ("default", "default", "max", "max", "default value {} is greater than max value {}"),
)


def _bounds(item: Fields, path: str) -> Problems:
    lists = ("min", "max", "default", "defaultRequest", "maxLimitRequestRatio")
    names = sorted({name for each in lists for name in item.get(each) or {}})
    for name in names:
        for told, smaller, larger, shown, text in _ORDER:
            low, high = ((item.get(each) or {}).get(name) for each in (smaller, larger))
            if low is None or high is None or (item.get("type") == "Pod" and "efault" in told):
                continue
            if parse_quantity(low).value > parse_quantity(high).value:
                value = item[shown][name]
                yield invalid(f"{path}.{told}[{name}]", value, text.format(low, high))
        ratio = (item.get("maxLimitRequestRatio") or {}).get(name)
        if ratio is not None and parse_quantity(ratio).value < 1:
            where = f"{path}.maxLimitRequestRatio[{name}]"
            yield invalid(where, ratio, f"ratio {ratio} is less than 1")

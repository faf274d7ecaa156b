"""Pods: what admission sets, what may change after creation, how they are deleted."""

from typing import Any

from gitops_lab.apiserver.strategy import parts
from gitops_lab.apiserver.strategy.base import Strategy
from gitops_lab.apiserver.validation import FieldError
from gitops_lab.kube.objects import Object, copied

_FROZEN = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_NOT_READY = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_DEFAULT_GRACE = 30


class PodStrategy(Strategy):
    """The pod's life: created Pending, its spec frozen, deleted gracefully."""

    graceful = True

    def prepare_create(self, new: Object) -> None:
        """What the admission plugins ServiceAccount, Priority and DefaultTolerationSeconds set."""
        super().prepare_create(new)
        spec = new.get("spec")
        if not isinstance(spec, dict):
            return
        account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
        spec["serviceAccountName"] = spec["serviceAccount"] = account
        if not spec.get("priorityClassName"):
            spec.setdefault("priority", 0)
            spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
        _tolerate(spec)

    def prepare_update(self, new: Object, old: Object) -> None:
        """DefaultTolerationSeconds again, for who replaces a pod without them."""
        super().prepare_update(new, old)
        if isinstance(new.get("spec"), dict):
            _tolerate(new["spec"])

    def initial_status(self, new: Object) -> Object | None:
        """Pending, with the quality of service that its resources give."""
        return {"phase": "Pending", "qosClass": quality_of_service(new.get("spec") or {})}

    def prepare_part(self, new: Object, old: Object, door: str) -> None:
        """Ephemeral containers, or resources: nothing else of the pod changes."""
        parts.keep(new, old, door)
        for name in ("labels", "annotations", "finalizers", "ownerReferences"):
            new["metadata"].pop(name, None)
            if name in old["metadata"]:
                new["metadata"][name] = old["metadata"][name]
        self._keep_generation(new, old)
        if new["spec"] != old["spec"]:
            new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    def prepare_status(self, new: Object, old: Object) -> None:
        """Labels and annotations may come with a status; its class of service may not change."""
        super().prepare_status(new, old)
        quality = (old.get("status") or {}).get("qosClass")
        if quality and isinstance(new.get("status"), dict):
            new["status"]["qosClass"] = quality

    def check(self, new: Object, old: Object | None, subresource: str) -> list[FieldError]:
        """A pod's spec is frozen but for images and a few others."""
        if old is None or subresource in ("status", "binding"):
            return []
        if subresource in parts.DOORS:
            return self._check_part(new, old, subresource)
        for group in ("containers", "initContainers"):
            if len(new["spec"].get(group) or []) != len(old["spec"].get(group) or []):
                why = "pod updates may not add or remove containers"
                return [FieldError("FieldValueForbidden", f"spec.{group}", None, why)]
        problems = _tolerations_gone(new["spec"], old["spec"])
        if _comparable(new["spec"], old["spec"]) == old["spec"]:
            return problems
        return [*problems, FieldError("FieldValueForbidden", "spec", None, _FROZEN)]

    @staticmethod
    def _check_part(new: Object, old: Object, door: str) -> list[FieldError]:
        problems = parts.check(new, old, door)
        quality = quality_of_service(new["spec"])
        if door == parts.RESIZE and quality != quality_of_service(old["spec"]):
            why = "Pod QOS Class may not change as a result of resizing"
            shown = (old.get("status") or {}).get("qosClass", "")
            problems.insert(0, FieldError("FieldValueInvalid", "spec", shown, why))
        return problems

    def grace(self, obj: Object, asked: int | None) -> int:
        """The asked seconds, else the pod's own; none for a pod that no node runs."""
        spec, status = obj.get("spec") or {}, obj.get("status") or {}
        seconds = asked
        if seconds is None:
            seconds = spec.get("terminationGracePeriodSeconds")
        if seconds is None:
            seconds = _DEFAULT_GRACE
        if not spec.get("nodeName") or status.get("phase") in ("Failed", "Succeeded"):
            return 0
        return max(int(seconds), 1) if seconds < 0 else int(seconds)


def _tolerate(spec: Object) -> None:
    tolerations = spec.setdefault("tolerations", []) or []
    spec["tolerations"] = tolerations
    for key in _NOT_READY:
        if not any(_covers(toleration, key) for toleration in tolerations):
            tolerations.append(
                {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            )


def _covers(toleration: Object, key: str) -> bool:
    if toleration.get("key") not in (None, "", key):
        return False
    return toleration.get("effect") in (None, "", "NoExecute")


def _comparable(new: Object, old: Object) -> Object:
    """The new spec with everything that may change set back; equal to the old one when allowed."""
    spec: Object = copied(new)
    for group in ("containers", "initContainers"):
        before = old.get(group) or []
        for index, container in enumerate(spec.get(group) or []):
            if index < len(before) and "image" in before[index]:
                container["image"] = before[index]["image"]
    _set_back(spec, old, "activeDeadlineSeconds")
    if old.get("terminationGracePeriodSeconds", 0) < 0:
        _set_back(spec, old, "terminationGracePeriodSeconds")
    _set_back(spec, old, "tolerations")
    return spec


def _tolerations_gone(new: Object, old: Object) -> list[FieldError]:
    """Tolerations may be added, and wait longer or shorter."""
    kept = [_timeless(each) for each in new.get("tolerations") or []]
    if all(_timeless(each) in kept for each in old.get("tolerations") or []):
        return []
    why = "existing toleration can not be modified except its tolerationSeconds"
    return [FieldError("FieldValueForbidden", "spec.tolerations", None, why)]


def _timeless(toleration: Object) -> Object:
    return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}


def _set_back(spec: Object, old: Object, name: str) -> None:
    spec.pop(name, None)
    if name in old:
        spec[name] = old[name]


def quality_of_service(spec: Object) -> str:
    """Guaranteed, Burstable or BestEffort, as the containers' cpu and memory say."""
    containers = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
    resources: list[Any] = [each.get("resources") or {} for each in containers]
    compute = ("cpu", "memory")
    asked = [{**(each.get("limits") or {}), **(each.get("requests") or {})} for each in resources]
    if not any(name in each for each in asked for name in compute):
        return "BestEffort"
    for each in resources:
        limits, requests = each.get("limits") or {}, each.get("requests") or {}
        if any(name not in limits for name in compute):
            return "Burstable"
        if any(requests.get(name, limits[name]) != limits[name] for name in compute):
            return "Burstable"
    return "Guaranteed"

"""When the change was made that a write of endpoints answers, for who measures how long it took."""

from collections.abc import Sequence

from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.times import parse
from gitops_lab.kube.objects import Object, condition_of, name_of


class TriggerTimes:
    """Remembers of each Service what the last sync saw. A Service is never asked for twice at once.

    The rules are those of k8s.io/endpointslice: for a Service seen first its creation, later the
    earliest change of a pod's readiness since the last sync, and "" when none changed.
    """

    def __init__(self) -> None:
        self._seen: dict[Key, dict[str, str]] = {}

    def of(self, service: Object, pods: Sequence[Object]) -> str:
        """The time for this sync."""
        key = key_of(service)
        before = self._seen.get(key)
        times = {name_of(pod): _changed_at(pod) for pod in pods}
        self._seen[key] = times
        if before is None:
            return str(service["metadata"].get("creationTimestamp") or "")
        new = [time for name, time in times.items() if _is_after(time, before.get(name, ""))]
        return min(new, default="")

    def forget(self, key: Key) -> None:
        """The Service is gone."""
        self._seen.pop(key, None)


def _changed_at(pod: Object) -> str:
    return str((condition_of(pod, "Ready") or {}).get("lastTransitionTime") or "")


def _is_after(time: str, before: str) -> bool:
    new, old = parse(time), parse(before)
    return new is not None and (old is None or new > old)

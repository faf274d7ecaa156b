"""Which quotas to sync when, and what is used of them."""

from collections.abc import Iterable
from decimal import Decimal

from gitops_lab.controllers.framework.informers import Key, key_of
from gitops_lab.controllers.framework.monitors import Monitors
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.controllers.framework.written import Written
from gitops_lab.kube import quota
from gitops_lab.kube.objects import Object, group_of, name_of, namespace_of
from gitops_lab.kube.quantities import written

# Kinds whose objects count for more than one each; their content is known.
_WEIGHED = {"Pod": "pods", "Service": "services", "PersistentVolumeClaim": "persistentvolumeclaims"}
_SOON = 0.05


class QuotaController(Controller):
    """Counts anew when something in a quota's namespace comes, goes or, of pods, ends."""

    name = "resourcequota-controller"

    def __init__(self, context: Context, monitors: Monitors) -> None:
        super().__init__(context)
        self._quotas = context.informers.of("v1", "ResourceQuota")
        self._weighed = {
            resource: context.informers.of("v1", kind) for kind, resource in _WEIGHED.items()
        }
        self._monitors = monitors
        self._written = Written()
        self._quotas.subscribe(self.enqueue_object)
        monitors.subscribe(self._on_object)

    def sync(self, key: Key) -> None:
        """Count, and write the status if it has changed."""
        one = self._quotas.get(*key)
        if one is None:
            return
        if wait := self._written.seconds_to_wait(key):
            self.enqueue_after(key, wait)
            return
        hard = (one.get("spec") or {}).get("hard") or {}
        used = quota.add([*self._weights(one), self._counts(key[0], hard)])
        shown = {name: _text(name, used.get(name, Decimal(0))) for name in hard}
        wanted = {"hard": hard, "used": shown} if hard else {}
        if (one.get("status") or {}) != wanted:
            answer = self.client.update({**one, "status": wanted}, subresource="status")
            self._written.note(key, self._quotas, answer)

    def _weights(self, one: Object) -> Iterable[quota.Usage]:
        """What pods, Services and claims use."""
        for resource, informer in self._weighed.items():
            for obj in informer.in_namespace(namespace_of(one)):
                if quota.covers(one, resource, obj):
                    yield quota.usage(resource, obj)

    def _counts(self, namespace: str, hard: Iterable[str]) -> quota.Usage:
        """How many objects of other kinds there are, of those that the quota names."""
        names = {name.removeprefix("count/") for name in hard}
        present = self._monitors.count(namespace)
        found: quota.Usage = {}
        for info in self.client.resources():
            resource = f"{info.plural}.{info.group}" if info.group else info.plural
            if resource in names and resource not in self._weighed:
                count = Decimal(present[info.kind])
                found |= {f"count/{resource}": count, resource: count}
        return found

    # -- what wakes a quota

    def _on_object(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "MODIFIED" and not _matters(new, old):
            return
        for one in self._quotas.in_namespace(namespace_of(new)):
            # Many come at once; they are counted together.
            self.enqueue_after(key_of(one), _SOON)


def _matters(new: Object, old: Object | None) -> bool:
    if group_of(new.get("apiVersion", "")) or new.get("kind") not in _WEIGHED or old is None:
        return False
    resource = _WEIGHED[new["kind"]]
    return quota.usage(resource, new) != quota.usage(resource, old) or name_of(new) != name_of(old)


def _text(name: str, value: Decimal) -> str:
    return written(value, binary="memory" in name or "storage" in name)

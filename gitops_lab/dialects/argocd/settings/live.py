"""`argocd-cm` of a workspace: made empty at the start, followed, asked by every Application.

Likewise `argocd-cmd-params-cm`, which is there only where somebody makes it.
"""

import contextlib
import logging
import threading
import uuid
from collections.abc import Callable, Sequence

from gitops_lab.dialects.argocd.settings import parameters
from gitops_lab.dialects.argocd.settings.parameters import Parameters
from gitops_lab.dialects.argocd.settings.read import Values, read
from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.health import Health
from gitops_lab.engine.sync_spec import IgnoreRule
from gitops_lab.kube import Client, Informer, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import GroupKind

log = logging.getLogger(__name__)
NAME = "argocd-cm"
_COMPONENT = "argocd-application-controller"


class LiveSettings:
    """Follows the ConfigMap; `changed` is called when a setting has become another."""

    def __init__(
        self, client: Client, namespace: str, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._changed = changed
        self._lock = threading.Lock()
        self._values = Values()
        self._parameters = Parameters()
        self._told: dict[str, tuple[str, ...]] = {}
        self._informer = Informer(client, "v1", "ConfigMap", namespace, on_event=self._seen)

    def start(self) -> None:
        """Make the ConfigMap where there is none, and follow; returns when it is known."""
        empty = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": NAME,
                "namespace": self._namespace,
                "labels": {
                    "app.kubernetes.io/name": NAME,
                    "app.kubernetes.io/part-of": "argocd",
                },
            },
        }
        with contextlib.suppress(ApiError):  # it is there, or the defaults do
            self._client.create(empty, field_manager=_COMPONENT)
        self._informer.start()
        self._informer.wait_synced(30)

    def stop(self) -> None:
        """End."""
        self._informer.stop()

    def pushed(self, repo: str, refs: Sequence[str]) -> None:
        """A push is no matter of settings."""

    @property
    def values(self) -> Values:
        """All settings as they are now."""
        with self._lock:
            return self._values

    @property
    def parameters(self) -> Parameters:
        """What the controllers are started with."""
        with self._lock:
            return self._parameters

    @property
    def progressive(self) -> bool:
        """Whether ApplicationSets may sync step by step."""
        return self.parameters.progressive

    def serves(self, namespace: str) -> bool:
        """Whether Applications of a namespace are looked after."""
        return self.parameters.serves(namespace, self._namespace)

    @property
    def tracking(self) -> str:
        """`annotation`, `label` or `annotation+label`."""
        return self.values.tracking

    @property
    def instance_label(self) -> str:
        """The label by which objects are tracked, with a method that uses one."""
        return self.values.instance_label

    @property
    def installation_id(self) -> str:
        """What objects are marked with beside the tracking id, "" for nothing."""
        return self.values.installation_id

    @property
    def ignore(self) -> Sequence[IgnoreRule]:
        """Fields that are ignored in all Applications."""
        return self.values.ignore

    @property
    def ignore_jq(self) -> Sequence[tuple[IgnoreRule, tuple[str, ...]]]:
        """Likewise as paths in jq, for the objects that the rule is about."""
        return self.values.ignore_jq

    @property
    def reconciliation(self) -> tuple[float, float]:
        """Seconds between two looks at the repositories, and the jitter on top."""
        return self.values.reconciliation

    def health(self, obj: Object) -> Health | None:
        """The health by rules of its own; None to judge as ever."""
        return self.values.health.assess(obj)

    def customizes(self, kind: GroupKind) -> bool:
        """Whether anything is said of a kind."""
        return kind in self.values.customized

    def excluded(self, group: str, kind: str, server: str) -> bool:
        """Whether Argo CD shall not see objects of a kind on a cluster."""
        return self.values.excluded(group, kind, server)

    def _seen(self, event: str, new: Object, old: Object | None) -> None:
        name, there = new["metadata"]["name"], None if event == "DELETED" else new
        if name == parameters.NAME:
            self._take(new, parameters.read(there))
        if name != NAME:
            return
        found = read(there)
        with self._lock:
            before, self._values = self._values, found
        self._tell(new, found.problems)
        if _settings(before) != _settings(found) or (old or {}).get("data") != new.get("data"):
            self._changed()

    def _take(self, config: Object, found: Parameters) -> None:
        with self._lock:
            before, self._parameters = self._parameters, found
        self._tell(config, found.problems)
        if before != found:
            self._changed()

    def _tell(self, config: Object, problems: Sequence[str]) -> None:
        name = config["metadata"]["name"]
        before, self._told[name] = self._told.get(name, ()), tuple(problems)
        for problem in problems if tuple(problems) != before else ():
            log.warning("%s: %s", name, problem)
            with contextlib.suppress(ApiError):
                self._client.create(_event(config, problem))


def _settings(values: Values) -> tuple[object, ...]:
    return (values.tracking, values.instance_label, values.ignore, values.reconciliation)


def _event(config: Object, message: str) -> Object:
    moment = stamp(now())
    meta = config["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{meta['name']}.{uuid.uuid4().hex[:16]}",
            "namespace": meta["namespace"],
        },
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "namespace": meta["namespace"],
            "name": meta["name"],
            "uid": meta.get("uid", ""),
        },
        "type": "Warning",
        "reason": "SettingNotSupported",
        "message": message[:1000],
        "source": {"component": _COMPONENT},
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }

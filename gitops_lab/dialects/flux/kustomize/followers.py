"""Who is to look again when something else has changed: the Kustomizations of a source whose
artifact is new, those whose variables or keys changed, and those that wait for another one.
"""

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

from gitops_lab.dialects.conditions import find_condition, is_true
from gitops_lab.dialects.controller import Controller
from gitops_lab.dialects.flux.configurations import Configurations
from gitops_lab.dialects.flux.kustomize.failures import DEPENDENCY
from gitops_lab.dialects.flux.kustomize.spec import Spec
from gitops_lab.dialects.flux.watching import Watching
from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.informer import Informer
from gitops_lab.kube.objects import name_of, namespace_of

SOURCES = ("GitRepository", "OCIRepository")
_SOURCE_API = "source.toolkit.fluxcd.io/v1"


class Followers(Watching):
    """Watches on behalf of a controller, and triggers its resources.

    `told` gets the revision for which a source's resources were triggered.
    """

    def __init__(
        self, client: Client, controller: Controller, told: MutableMapping[tuple[str, str], str]
    ) -> None:
        self._controller = controller
        self._told = told
        sources = [kind for kind in SOURCES if _is_served(client, kind)]
        super().__init__(
            [
                *(Informer(client, _SOURCE_API, kind, on_event=self._source) for kind in sources),
                Configurations(client, controller, _configurations),
            ]
        )

    def ready(self, obj: Object) -> None:
        """One is ready: trigger those that wait for it."""
        key = (namespace_of(obj), name_of(obj))

        def waits(other: Object) -> bool:
            reason = (_ready(other) or {}).get("reason")
            needs = [(namespace, name) for namespace, name, _ in Spec.of(other).dependencies()]
            return reason == DEPENDENCY and key in needs

        self._trigger(waits)

    def _source(self, event: str, new: Object, old: Object | None) -> None:
        revision = _revision(new)
        if event == "DELETED" or not revision or (old and _revision(old) == revision):
            return
        key = (new["kind"], namespace_of(new), name_of(new))

        def outdated(obj: Object) -> bool:
            source = Spec.of(obj).source
            if (source.kind, source.namespace, source.name) != key:
                return False
            well = is_true(obj, "Ready") or is_true(obj, "Reconciling")
            return not (well and (obj.get("status") or {}).get("lastAttemptedRevision") == revision)

        self._trigger(outdated)

    def _trigger(self, wanted: Callable[[Object], bool]) -> None:
        for obj in self._controller.items():
            if wanted(obj):
                self._controller.trigger(namespace_of(obj), name_of(obj))


def _is_served(client: Client, kind: str) -> bool:
    try:
        client.resource(_SOURCE_API, kind)
    except ApiError:
        return False
    return True


def _ready(obj: Object) -> Any:
    return find_condition((obj.get("status") or {}).get("conditions"), "Ready")


def _revision(obj: Object) -> str:
    return str(((obj.get("status") or {}).get("artifact") or {}).get("revision") or "")


def _configurations(obj: Object) -> Sequence[tuple[str, str, str]]:
    """The ConfigMaps and Secrets that a reconciliation depends on."""
    spec, namespace = obj["spec"], namespace_of(obj)
    variables = (spec.get("postBuild") or {}).get("substituteFrom") or []
    keys = [
        ("Secret", (spec.get(holder) or {}).get("secretRef") or {})
        for holder in ("decryption", "kubeConfig")
    ]
    return [
        (kind, namespace, str(one.get("name")))
        for kind, one in (*((one["kind"], one) for one in variables), *keys)
    ]

"""Which engines are spoken in a workspace: those that it names, and those that somebody installs.

On an embedded cluster an engine's definitions that somebody installs himself (`flux install`, Argo
CD's install.yaml) are taken as the wish to use it: the dialect starts, and an Event on the
definition says so. On somebody's cluster, or kind, definitions that are there already belong to a
genuine engine: then the dialect does not start, and nothing is changed.
"""

import importlib
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from gitops_lab.dialects.dialect import Dialect, World
from gitops_lab.engine.apply import is_established
from gitops_lab.engine.clock import now, stamp
from gitops_lab.engine.loop import Loop
from gitops_lab.git import Push
from gitops_lab.kube import Informer, Object
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.objects import labels_of, name_of, uid_of

log = logging.getLogger(__name__)

GROUPS: Mapping[str, tuple[str, ...]] = {
    "argocd": ("argoproj.io",),
    "flux": (
        "source.toolkit.fluxcd.io",
        "kustomize.toolkit.fluxcd.io",
        "helm.toolkit.fluxcd.io",
        "notification.toolkit.fluxcd.io",
        "image.toolkit.fluxcd.io",
    ),
}
DIALECT_LABEL = "gitops-lab.dev/dialect"
_CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
_CALM = 1.0
"""Seconds for which no more definitions of a group have to come before it is adopted."""


def load(name: str, timing: str) -> Dialect:
    """The dialect of that name."""
    module = importlib.import_module(f"gitops_lab.dialects.{name}")
    return cast(Dialect, module.dialect(timing))


class Dialects:
    """The dialects of one workspace. `adopts` says whether what others install starts one."""

    def __init__(self, world: World, loop: Loop, *, adopts: bool) -> None:
        self._world = world
        self._loop = loop
        self._adopts = adopts
        self._running: dict[str, Dialect] = {}
        self._waiting: dict[str, threading.Timer] = {}
        self._lock = threading.RLock()
        self._stopped = False
        self._informer = Informer(world.home, *_CRD, on_event=self._seen, keep=_identity)

    @property
    def running(self) -> tuple[str, ...]:
        """The names of those that have started."""
        return tuple(self._running)

    def start(self, names: Iterable[str]) -> None:
        """Start these, and from now on those that are adopted. Raises ApiError."""
        for name in names:
            if self._adopts or not self._is_taken(name):
                self._start(name)
        if self._adopts:
            self._informer.start()

    def stop(self) -> None:
        """End them all."""
        with self._lock:
            self._stopped = True
            for timer in self._waiting.values():
                timer.cancel()
        if self._adopts:
            self._informer.stop()
        for dialect in self._running.values():
            dialect.stop()

    def pushed(self, push: Push) -> None:
        """Tell of a push."""
        refs = [update.ref for update in push.refs]
        for dialect in list(self._running.values()):
            dialect.pushed(push.repo, refs)

    def _start(self, name: str) -> None:
        """Define what is not defined yet, and run it."""
        with self._lock:
            if name in self._running or self._stopped:
                return
            dialect = load(name, self._world.timing)
            self._loop.install([_labelled(d, name) for d in self._missing(dialect)])
            dialect.start(self._world, self._loop)
            self._loop.show(dialect.fronts(self._world))
            self._running[name] = dialect
        log.info("the engine %s is served", name)

    def _missing(self, dialect: Dialect) -> Sequence[Object]:
        """Definitions of somebody else's stay as they are; ours are brought up to date."""
        there = {name_of(crd): crd for crd in self._world.home.list(*_CRD).items}
        return [
            definition
            for definition in dialect.definitions()
            if name_of(definition) not in there or _is_ours(there[name_of(definition)])
        ]

    def _is_taken(self, name: str) -> bool:
        """Whether a genuine engine seems to be there. It is left alone, and so are its kinds."""
        for crd in self._world.home.list(*_CRD).items:
            if _group(crd) in GROUPS[name] and not _is_ours(crd):
                log.warning(
                    "%s is defined in this cluster already: the genuine %s is left to itself, and "
                    "its resources are not served here",
                    name_of(crd),
                    name,
                )
                return True
        return False

    def _seen(self, event: str, crd: Object, _: Object | None) -> None:
        if event == "DELETED" or _is_ours(crd):
            return
        name = next((name for name, groups in GROUPS.items() if _group(crd) in groups), "")
        if not name or name in self._running:
            return
        with self._lock:
            if self._stopped:
                return
            if earlier := self._waiting.get(name):
                earlier.cancel()
            timer = threading.Timer(_CALM, self._adopt, (name, crd))
            timer.daemon = True
            self._waiting[name] = timer
            timer.start()

    def _adopt(self, name: str, crd: Object) -> None:
        try:
            if not is_established(self._world.home.get(*_CRD, name_of(crd))):
                return self._seen("MODIFIED", crd, None)
            self._start(name)
            self._tell(name, crd)
        except NotFound:
            return None
        except ApiError as error:
            log.warning("the engine %s can't be served yet: %s", name, error)
            self._seen("MODIFIED", crd, None)

    def _tell(self, name: str, crd: Object) -> None:
        message = (
            f"the definitions of {name} were installed: GitOps Lab's own engine serves its "
            "resources from now on, and no controller of it has to run."
        )
        log.warning("%s: %s", name_of(crd), message)
        moment = stamp(now())
        self._world.home.create(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"generateName": f"{name}-adopted-", "namespace": "default"},
                "involvedObject": {
                    "apiVersion": _CRD[0],
                    "kind": _CRD[1],
                    "name": name_of(crd),
                    "uid": uid_of(crd),
                },
                "type": "Normal",
                "reason": "Adopted",
                "message": message,
                "count": 1,
                "firstTimestamp": moment,
                "lastTimestamp": moment,
                "source": {"component": "gitops-lab"},
            }
        )


def _group(crd: Object) -> str:
    return name_of(crd).partition(".")[2]


def _is_ours(crd: Object) -> bool:
    return DIALECT_LABEL in labels_of(crd)


def _labelled(definition: Object, name: str) -> Object:
    labels = {**labels_of(definition), DIALECT_LABEL: name}
    return {**definition, "metadata": {**definition["metadata"], "labels": labels}}


def _identity(crd: Object) -> Object:
    metadata = crd["metadata"]
    kept = {k: metadata[k] for k in ("name", "resourceVersion", "labels", "uid") if k in metadata}
    return {"apiVersion": crd.get("apiVersion"), "kind": crd.get("kind"), "metadata": kept}

"""The controller of Applications: looks when something was asked, pushed, seen, or is due."""

import logging
import threading
import time
from collections.abc import Sequence

from gitops_lab.dialects.argocd.application import deletion
from gitops_lab.dialects.argocd.application.passing import BATCH, Memory, Pass
from gitops_lab.dialects.argocd.application.shelf import Shelf
from gitops_lab.dialects.argocd.application.spec import (
    API_VERSION,
    KIND,
    is_skipped,
    qualified,
)
from gitops_lab.dialects.argocd.application.targets import LoadFailed
from gitops_lab.dialects.argocd.application.tasks import TERMINATING
from gitops_lab.dialects.argocd.seams import NAMESPACE, Shared
from gitops_lab.dialects.argocd.settings.parameters import NAME as PARAMETERS
from gitops_lab.dialects.argocd.settings.parameters import NAMESPACES
from gitops_lab.dialects.controller import Controller
from gitops_lab.kube import Object
from gitops_lab.kube.errors import ApiError, Conflict, NotFound
from gitops_lab.kube.objects import is_terminating, name_of, namespace_of

log = logging.getLogger(__name__)
_AGAIN = 0.1
_WORKERS = 8


class Applications:
    """Keeps all Applications. Thread-safe."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._shelf = Shelf(shared, self._touched)
        self._memories: dict[tuple[str, str], Memory] = {}
        self._lock = threading.Lock()
        self._controller = Controller(
            shared.world.home,
            API_VERSION,
            KIND,
            self._reconcile,
            name="argocd-application",
            wants=_wants,
            gone=self._gone,
            workers=_WORKERS,
        )

    def start(self) -> None:
        """Begin to follow."""
        self._shelf.start()
        self._controller.start()

    def stop(self) -> None:
        """End all threads; what is half-way is taken up at the next start."""
        self._controller.stop()
        self._shelf.stop()

    def refresh(self, namespace: str, name: str) -> None:
        """Let one look again."""
        self._controller.trigger(namespace, name)

    def refresh_all(self) -> None:
        """Let all look again: settings or a project have changed."""
        for obj in self._controller.items():
            self.refresh(namespace_of(obj), name_of(obj))

    def pushed(self, repo: str, refs: Sequence[str]) -> None:
        """A push has moved refs of a repository: those that read it look at once."""
        for obj in self._controller.items():
            if repo in self._repositories(obj):
                key = (namespace_of(obj), name_of(obj))
                self._memory(key).pushes += 1
                self._controller.trigger(*key)

    def idle(self) -> bool:
        """Whether nothing is worked on or waits to be."""
        return self._controller.idle()

    def _repositories(self, obj: Object) -> set[str | None]:
        spec = obj.get("spec") or {}
        sources = [spec.get("source") or {}, *(spec.get("sources") or [])]
        repo_of = self._shared.world.repo_of
        return {repo_of(str(one.get("repoURL", ""))) for one in sources if isinstance(one, dict)}

    def _touched(self, owner: str) -> None:
        """An object of an Application was seen to change."""
        namespace, _, name = owner.rpartition("_")
        self._controller.trigger(namespace or NAMESPACE, name, after=BATCH)

    def _gone(self, namespace: str, name: str) -> None:
        self._shelf.forget(qualified(namespace, name, NAMESPACE))
        with self._lock:
            self._memories.pop((namespace, name), None)

    def _memory(self, key: tuple[str, str]) -> Memory:
        with self._lock:
            return self._memories.setdefault(key, Memory())

    def _reconcile(self, obj: Object) -> float | None:
        key = (namespace_of(obj), name_of(obj))
        if is_skipped(obj):
            return None
        if not self._shared.settings.serves(key[0]):
            said = (
                f"Applications are served in the namespace {NAMESPACE}, and in those that "
                f"{NAMESPACES} in the ConfigMap argocd/{PARAMETERS} names."
            )
            self._shelf.event(obj, "Warning", "NotServed", said)
            return None
        try:
            newest = self._shared.world.home.get(API_VERSION, KIND, key[1], key[0])
            work = Pass(self._shelf, newest, self._memory(key), time.monotonic())
            if is_terminating(newest) and not newest.get("operation"):
                return self._leave(work)
            return work.run()
        except NotFound:
            return None
        except Conflict as error:
            log.info("Application %s/%s: %s", *key, error)
            return _AGAIN

    def _leave(self, work: Pass) -> float | None:
        """Bring a deletion on. Raises NotFound, Conflict."""
        try:
            return deletion.Departure(self._shelf, work.obj, work.look).go_on()
        except (NotFound, Conflict):
            raise
        except LoadFailed as error:
            return deletion.failed(self._shelf, work.obj, error.message)
        except ApiError as error:
            return deletion.failed(self._shelf, work.obj, error.message)


def _wants(new: Object, old: Object | None) -> bool:
    """Whether something is asked for: a status is no reason, except that somebody asks to end."""
    if old is None or _asked(new) != _asked(old):
        return True
    state = (new.get("status") or {}).get("operationState") or {}
    return bool(state.get("phase") == TERMINATING)


def _asked(obj: Object) -> list[object]:
    metadata = obj["metadata"]
    marks = ("annotations", "deletionTimestamp", "finalizers", "uid")
    return [obj.get("spec"), obj.get("operation"), *(metadata.get(mark) for mark in marks)]

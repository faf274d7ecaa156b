"""What the sources beside Git have in common: when they look, how they fail, what they tell."""

import contextlib
import random
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from gitops_lab.dialects.controller import Controller, TryAgain
from gitops_lab.dialects.flux.draft import RECONCILING, REQUESTED_AT, STALLED, Draft
from gitops_lab.dialects.flux.durations import seconds
from gitops_lab.dialects.flux.events import ERROR, INFO, TRACE, News
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.source.outcome import (
    FETCH_FAILED,
    IN_STORAGE,
    OUTDATED,
    STORAGE_FAILED,
    SourceFailed,
    begun,
    failed,
    in_progress,
    sum_up,
)
from gitops_lab.dialects.flux.triggers import Chosen, asked_anew
from gitops_lab.dialects.flux.watching import Watching
from gitops_lab.kube import Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.informer import Informer
from gitops_lab.kube.objects import name_of, namespace_of

GROUP = "source.toolkit.fluxcd.io"
API_VERSION = f"{GROUP}/v1"
CONTROLLER = "source-controller"
BUILD_FAILED = "BuildFailed"
NEGATIVE = (STORAGE_FAILED, FETCH_FAILED, BUILD_FAILED, OUTDATED, STALLED, RECONCILING)
_JITTER = 0.05


TRIGGERED_BY = "gitops-lab.dev/triggered-by"


def ask(context: Context, objs: Sequence[Object], why: str) -> None:
    """Ask that resources are looked at now, as `flux reconcile` does, and say why on them."""
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    marks = {REQUESTED_AT: at, TRIGGERED_BY: why}
    for obj in objs:
        with contextlib.suppress(ApiError):
            context.client.patch(
                obj, {"metadata": {"annotations": marks}}, field_manager="gitops-lab"
            )


class Fetcher(Chosen):
    """The controller of one kind of source. `fetch` brings its artifact up to date.

    A new resource is looked at `first` seconds after its finalizer was put on, or when its source
    has news.
    """

    def __init__(
        self, context: Context, kind: str, fetch: Callable[["Fetch"], None], *, first: float = 0.0
    ) -> None:
        self._context = context
        self._kind = kind
        self._fetch = fetch
        self._first = first
        self.controller = Controller(
            context.client, API_VERSION, kind, self._reconcile, name=CONTROLLER, wants=asked_anew
        )

    def start(self) -> None:
        """Begin to follow."""
        self.controller.start()

    def stop(self) -> None:
        """End."""
        self.controller.stop()

    def _reconcile(self, seen: Object) -> float | None:
        draft = Draft.newest(self._context.client, seen, CONTROLLER)
        if draft is None:
            return None
        place = (self._kind, draft.namespace, draft.name)
        if draft.deleting:
            self._context.storage.keep_only(place, None)
            draft.release()
            return None
        if draft.hold() and self._first:
            return self._first
        if draft.spec.get("suspend"):
            draft.handled()
            draft.observed()
            draft.write()
            return None
        return self._run(Fetch(self._context, draft, place))

    def _run(self, fetch: "Fetch") -> float | None:
        draft = fetch.draft
        try:
            fetch.begin()
            self._fetch(fetch)
        except SourceFailed as failure:
            # One of the two is over when the other begins.
            draft.unmark(FETCH_FAILED if failure.condition == BUILD_FAILED else BUILD_FAILED)
            failed(draft, failure)
            sum_up(draft, NEGATIVE)
            draft.handled()
            draft.write()
            fetch.tell(TRACE if failure.waits else ERROR, failure.reason, failure.message)
            if failure.stalled:
                return None
            if failure.pause is None:
                raise TryAgain(failure.message) from failure
            return failure.pause
        draft.handled()
        draft.write()
        if fetch.again is not None:
            return fetch.again
        interval = seconds(draft.spec.get("interval"), 60.0)
        return interval * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311


class Fetch:
    """One reconciliation of one source."""

    def __init__(self, context: Context, draft: Draft, place: tuple[str, str, str]) -> None:
        self.context, self.draft, self.place = context, draft, place
        self.recovering = draft.is_true(FETCH_FAILED) or draft.is_true(STORAGE_FAILED)
        self.again: float | None = None
        """Seconds until the next look, where it is not the interval's turn."""

    @property
    def revision(self) -> str:
        """Of the artifact that there is; "" for none."""
        return str((self.draft.status.get("artifact") or {}).get("revision", ""))

    def begin(self) -> None:
        """Say that it has begun, and forget an artifact that is no longer in storage."""
        begun(self.draft, self.context.storage)

    def outdated(self, reason: str, told: str) -> None:
        """Something new is being brought."""
        if self.revision:
            self.draft.mark(OUTDATED, "True", reason, told)
        in_progress(self.draft, f"building artifact: {told}", drift=True)
        self.draft.write()

    def stored(self, artifact: dict[str, object]) -> None:
        """Keep an artifact in the status, and nothing older in storage."""
        self.draft.status["artifact"] = artifact
        self.context.storage.keep_only(self.place, artifact)

    def succeeded(self, reason: str, message: str) -> None:
        """The conditions of a source whose artifact is as it should be."""
        draft = self.draft
        draft.unmark(FETCH_FAILED, STORAGE_FAILED, BUILD_FAILED, OUTDATED, STALLED, RECONCILING)
        draft.mark(IN_STORAGE, "True", reason, message)
        draft.observed()
        sum_up(draft, NEGATIVE)

    def announce(self, fresh: bool, reason: str, message: str) -> None:
        """Tell of a new artifact, or that one is there again."""
        artifact = self.draft.status.get("artifact") or {}
        facts = {
            f"{GROUP}/revision": str(artifact.get("revision", "")),
            f"{GROUP}/digest": str(artifact.get("digest", "")),
        }
        if fresh:
            self.tell(INFO, reason, message, facts)
        elif self.recovering:
            self.tell(INFO, "Succeeded", message, facts)
        else:
            told = f"artifact up-to-date with remote revision: '{self.revision}'"
            self.tell(TRACE, "ArtifactUpToDate", told)

    def tell(
        self, severity: str, reason: str, message: str, facts: Mapping[str, str] | None = None
    ) -> None:
        """An event of source-controller's."""
        news = News(self.draft.obj, severity, reason, message, CONTROLLER, facts or {})
        self.context.announcer.tell(news)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder that ends with the reconciliation."""
        with tempfile.TemporaryDirectory(prefix="gitops-lab-source-") as folder:
            yield Path(folder)


class Arrivals(Watching):
    """Follows kinds whose status has an artifact, and tells which one has a new one.

    What waits for a source is woken by it, as Flux's controllers watch their sources.
    """

    def __init__(self, context: Context, kinds: Sequence[str]) -> None:
        self._listeners: list[Callable[[str, str, str], None]] = []
        self._revisions: dict[tuple[str, str, str], object] = {}
        self._lock = threading.Lock()
        super().__init__(
            [Informer(context.client, API_VERSION, kind, on_event=self._seen) for kind in kinds]
        )

    def subscribe(self, listener: Callable[[str, str, str], None]) -> None:
        """Call with kind, namespace and name."""
        self._listeners.append(listener)

    def _seen(self, event: str, new: Object, old: Object | None) -> None:
        key = (str(new.get("kind")), namespace_of(new), name_of(new))
        status = new.get("status") or {}
        artifact = status.get("artifact") or {}
        # A source without an artifact (type oci) is news when it is made or changed.
        seen = (artifact.get("revision"), artifact.get("digest"), new["metadata"].get("generation"))
        with self._lock:
            known = self._revisions.get(key)
            self._revisions[key] = None if event == "DELETED" else seen
        if event != "DELETED" and known != seen:
            for listener in self._listeners:
                listener(*key)


def need_secret(fetch: Fetch, told: str, *, told_twice: bool = False) -> None:
    """The Secret that `spec.secretRef` names has to be there, whoever asks for what is in it.

    `told` is what the controller says before it; some have an event of their own for it. Raises
    SourceFailed.
    """
    name = (fetch.draft.spec.get("secretRef") or {}).get("name")
    if not name:
        return
    namespace = fetch.draft.namespace
    try:
        fetch.context.client.get("v1", "Secret", name, namespace)
    except ApiError as error:
        if told_twice:
            fetch.tell(TRACE, "AuthenticationFailed", f"auth secret '{name}' not found")
        message = f"{told} '{namespace}/{name}': {error.message}"
        raise SourceFailed("AuthenticationFailed", message) from error

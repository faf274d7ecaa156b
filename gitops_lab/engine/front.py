"""The resources that are Apps: each kind is served through a Front, and the App lives in memory.

The native `GitOpsApp` is one (`native`); a dialect brings others. The loop follows the kind of
each Front, and each worker works with its Front's Semantics.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from gitops_lab.engine.app import App
from gitops_lab.engine.news import Note
from gitops_lab.engine.semantics import Semantics
from gitops_lab.engine.status import Status
from gitops_lab.kube import Client, Object


class Publisher(Protocol):
    """Writes one App's status and finalizer to its resource. All methods raise ApiError."""

    def publish(self, status: Status) -> bool:
        """Write the status as the engine writes it; whether there was anything to write."""

    def keep_finalizer(self, app: App, metadata: Object) -> None:
        """See to it that the engine's finalizer stands where it has to stand.

        `metadata` is the resource's as seen last.
        """

    def holds(self, app: App) -> bool:
        """Whether a resource that is being deleted waits for us."""

    def release(self) -> None:
        """Take our finalizer off: the resource may go."""


class Front(Protocol):
    """One kind of resource that is an App."""

    @property
    def name(self) -> str:
        """`native`, `argocd`, `flux`: the App's `front`, and so part of its id."""

    @property
    def api_version(self) -> str:
        """Of the kind that is followed."""

    @property
    def kind(self) -> str:
        """The kind that is followed."""

    @property
    def component(self) -> str:
        """Who the events are from."""

    @property
    def semantics(self) -> Semantics:
        """How these Apps are treated."""

    def definitions(self) -> Sequence[Object]:
        """Definitions that the loop installs before it follows; () when others see to it."""

    def app(self, obj: Object) -> App:
        """The App that a resource asks for. Raises AppError that names the field."""

    def leaving(self, obj: Object) -> App:
        """The App of a resource that is being deleted: valid or not, it may go."""

    def previous(self, obj: Object) -> Status:
        """The Status that the resource's own `.status` tells, as after a restart."""

    def publisher(self, client: Client, obj: Object) -> Publisher:
        """What writes to this resource; `obj` with its status as it is now."""

    def version(self, obj: Object) -> str:
        """Another text whenever something else is asked for; a status is no reason."""

    def reads(self, obj: Object) -> Iterable[tuple[str, str]]:
        """(repository, revision) whose pushes are told at once; valid or not; () when none is."""

    def needs(self, obj: Object) -> Iterable[str]:
        """The ids of the Apps that this one depends on; valid or not."""

    def news(self, before: Status, after: Status) -> Iterable[Note]:
        """The events to write when a status has changed."""

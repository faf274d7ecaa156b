"""The GitOpsApp as a Front: our own kind, served as any other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitops_lab.engine.app import API_VERSION, FINALIZER, KIND, App
from gitops_lab.engine.crds import gitops_app
from gitops_lab.engine.ids import NATIVE, app_id
from gitops_lab.engine.news import Note, notes
from gitops_lab.engine.publish import ResourcePublisher, Style
from gitops_lab.engine.semantics import Semantics, native
from gitops_lab.engine.status import Status
from gitops_lab.engine.status_object import from_object, to_object
from gitops_lab.kube import Client, Object

_STYLE = Style(to_object, FINALIZER, lambda app: app.removes)


class GitOpsApps:
    """The Front of GitOpsApps."""

    name = NATIVE
    api_version = API_VERSION
    kind = KIND
    component = "gitops-lab"

    def __init__(self, semantics: Semantics | None = None) -> None:
        self.semantics = semantics or native()

    def definitions(self) -> Sequence[Object]:
        """The loop installs ours itself."""
        return (gitops_app(),)

    def app(self, obj: Object) -> App:
        """As `App.from_object`."""
        return App.from_object(obj)

    def leaving(self, obj: Object) -> App:
        """As `App.leaving`."""
        return App.leaving(obj)

    def previous(self, obj: Object) -> Status:
        """The status, read."""
        return from_object(obj.get("status"))

    def publisher(self, client: Client, obj: Object) -> ResourcePublisher:
        """Writes `.status`, and our finalizer on Apps that take their objects along."""
        return ResourcePublisher(client, {**obj, "apiVersion": API_VERSION, "kind": KIND}, _STYLE)

    def version(self, obj: Object) -> str:
        """The generation: a status is written beside it."""
        return str(obj["metadata"].get("generation", 0))

    def reads(self, obj: Object) -> Iterator[tuple[str, str]]:
        """Its sources."""
        spec = _spec(obj)
        more = spec.get("additionalSources")
        for source in (spec.get("source"), *(more if isinstance(more, list) else ())):
            if isinstance(source, dict) and not source.get("chart"):
                yield str(source.get("repo", "")), str(source.get("revision") or "main")

    def needs(self, obj: Object) -> Iterator[str]:
        """What `spec.dependsOn` names."""
        wanted = _spec(obj).get("dependsOn")
        home = obj["metadata"].get("namespace", "")
        for one in wanted if isinstance(wanted, list) else ():
            if isinstance(one, dict):
                yield app_id(NATIVE, one.get("namespace") or home, one.get("name", ""))

    def news(self, before: Status, after: Status) -> Iterator[Note]:
        """As `news.notes`."""
        return notes(before, after)


def _spec(obj: Object) -> Mapping[str, Any]:
    spec = obj.get("spec")
    return spec if isinstance(spec, dict) else {}

"""The client through which a workspace writes to a cluster that isn't its own.

It marks what it creates, and changes or deletes nothing that somebody else made: not the engine,
not a lab, not a mistake of ours can. Where definitions may not be installed, our own kinds live in
a store of the workspace; this client brings both together, so that nobody above has to know.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gitops_lab.engine.app import GROUP
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.client import ListResult, WatchEvent
from gitops_lab.kube.config import load_endpoint
from gitops_lab.kube.discovery import ResourceInfo
from gitops_lab.kube.errors import AlreadyExists, Forbidden, NotFound
from gitops_lab.kube.objects import name_of, namespace_of, split_api_version
from gitops_lab.workspace.existing.marks import LABEL, is_ours, marked

CRD = "CustomResourceDefinition"
NAMESPACE = "Namespace"


class GuardedClient(Client):
    """A client of somebody's cluster. `own` serves our kinds; None when that cluster does."""

    @classmethod
    def open(
        cls,
        kubeconfig: Path,
        context: str,
        mark: str,
        own: Client | None,
        *,
        user_agent: str = "gitops-lab",
    ) -> "GuardedClient":
        """Raises KubeconfigError."""
        client = cls.__new__(cls)
        client._start(load_endpoint(kubeconfig, context), user_agent)
        client.mark = mark
        client._own = own
        return client

    mark: str
    """The label's value on all that the workspace makes."""
    _own: Client | None

    @property
    def selector(self) -> str:
        """Selects what the workspace made."""
        return f"{LABEL}={self.mark}"

    # -- reading: our own kinds from our own store

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> Object:
        """One object. Raises NotFound."""
        if own := self._home_of(api_version, kind, name):
            return own.get(api_version, kind, name, namespace)
        return super().get(api_version, kind, name, namespace)

    def list(self, api_version: str, kind: str, namespace: str = "", **options: Any) -> ListResult:
        """All objects of a kind."""
        if own := self._home_of(api_version, kind):
            return own.list(api_version, kind, namespace, **options)
        return super().list(api_version, kind, namespace, **options)

    def watch(
        self, api_version: str, kind: str, namespace: str = "", **options: Any
    ) -> Iterator[WatchEvent]:
        """Changes since a resourceVersion."""
        if own := self._home_of(api_version, kind):
            return own.watch(api_version, kind, namespace, **options)
        return super().watch(api_version, kind, namespace, **options)

    def resource(self, api_version: str, kind: str) -> ResourceInfo:
        """How a kind is served. Raises UnknownKind."""
        if own := self._home_of(api_version, kind):
            return own.resource(api_version, kind)
        return super().resource(api_version, kind)

    def resources(self) -> "Sequence[ResourceInfo]":
        """Everything that is served, here or there."""
        ours = self._own.resources() if self._own else []
        return [*super().resources(), *(info for info in ours if info.group == GROUP)]

    # -- writing: marked, and only what is ours

    def create(self, obj: Object, **options: Any) -> Object:
        """Create an object, marked. Raises AlreadyExists."""
        if own := self._home_of_object(obj):
            _need_namespace(own, obj)
            return own.create(obj, **options)
        self._refuse_definition(obj)
        return super().create(marked(obj, self.mark), **options)

    def update(self, obj: Object, **options: Any) -> Object:
        """Replace an object of ours. Raises Forbidden for others."""
        if own := self._home_of_object(obj):
            return own.update(obj, **options)
        self._refuse_foreign(self._live(obj))
        return super().update(marked(obj, self.mark), **options)

    def patch(self, obj: Object, patch: Any, **options: Any) -> Object:
        """Patch an object of ours. Raises Forbidden for others."""
        if own := self._home_of_object(obj):
            return own.patch(obj, patch, **options)
        self._refuse_foreign(self._live(obj))
        return super().patch(obj, patch, **options)

    def apply(self, obj: Object, **options: Any) -> Object:
        """Server-side apply, marked. Raises Forbidden for what others made.

        A namespace that is there already, and of which nothing but its being there is wanted, is
        used as it is.
        """
        if own := self._home_of_object(obj):
            _need_namespace(own, obj)
            return own.apply(obj, **options)
        self._refuse_definition(obj)
        live = self._live(obj)
        if live is not None and _is_bare_namespace(obj) and not is_ours(live, self.mark):
            return live
        self._refuse_foreign(live)
        return super().apply(marked(obj, self.mark), **options)

    def delete(
        self, api_version: str, kind: str, name: str, namespace: str = "", **options: Any
    ) -> Object:
        """Delete an object of ours. Raises NotFound, and Forbidden for others."""
        if own := self._home_of(api_version, kind, name):
            return own.delete(api_version, kind, name, namespace, **options)
        self._refuse_foreign(super().get(api_version, kind, name, namespace))
        return super().delete(api_version, kind, name, namespace, **options)

    def close(self) -> None:
        """Close the idle connections."""
        super().close()
        if self._own:
            self._own.close()

    # -- whose is it

    def _home_of(self, api_version: str, kind: str, name: str = "") -> Client | None:
        ours = split_api_version(api_version)[0] == GROUP
        return self._own if ours or (kind == CRD and name.endswith(f".{GROUP}")) else None

    def _home_of_object(self, obj: Object) -> Client | None:
        api_version, kind = str(obj.get("apiVersion", "")), str(obj.get("kind", ""))
        return self._home_of(api_version, kind, name_of(obj))

    def _live(self, obj: Object) -> Object | None:
        try:
            return super().get(
                str(obj.get("apiVersion", "")), str(obj["kind"]), name_of(obj), namespace_of(obj)
            )
        except NotFound:
            return None

    def _refuse_foreign(self, live: Object | None) -> None:
        """Ours is what we made, and what stands in a namespace that we made."""
        if live is None or is_ours(live, self.mark) or self._is_own_namespace(namespace_of(live)):
            return
        raise _refused(
            f"{ObjectKey.of(live)} is in the cluster already and was not made by this workspace: "
            "it is left as it is.",
            "Give yours another name or namespace in Git.",
        )

    def _is_own_namespace(self, name: str) -> bool:
        if not name:
            return False
        try:
            return is_ours(super().get("v1", NAMESPACE, name), self.mark)
        except NotFound:
            return False

    def _refuse_definition(self, obj: Object) -> None:
        """Without --install-crds (then our kinds have a store of their own) none is made."""
        if self._own is not None and obj.get("kind") == CRD:
            raise _refused(
                f"{ObjectKey.of(obj)} is a definition, and this workspace may not make any.",
                "Start it with --install-crds if that is allowed in this cluster.",
            )


def _is_bare_namespace(obj: Object) -> bool:
    wanted = set(obj) - {"apiVersion", "kind", "metadata"}
    return obj.get("kind") == NAMESPACE and not wanted and set(obj["metadata"]) == {"name"}


def _need_namespace(own: Client, obj: Object) -> None:
    """Our store has the namespaces that our objects stand in."""
    if name := namespace_of(obj):
        try:
            own.create({"apiVersion": "v1", "kind": NAMESPACE, "metadata": {"name": name}})
        except AlreadyExists:
            return


def _refused(message: str, hint: str) -> Forbidden:
    return Forbidden({"reason": "ForeignObject", "code": 403, "message": message}, hint=hint)

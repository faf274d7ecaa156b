"""A running cluster as the tests of this folder speak to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gitops_lab.controllers import Manager
from gitops_lab.kube import Client
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import Object, controller_of, is_terminating

from .kubelet import Kubelet


@dataclass
class Cluster:
    """A running cluster, and a namespace of a test's own in it."""

    client: Client
    kubelet: Kubelet
    make_manager: Callable[[], Manager]
    manager: Manager | None = None
    namespace: str = ""

    def start_controllers(self) -> None:
        """Start the controllers, as the cluster's process does."""
        self.manager = self.make_manager()
        self.manager.start()

    def stop_controllers(self) -> None:
        """End them; the API server goes on."""
        if self.manager is not None:
            self.manager.stop()

    def create(self, api_version: str, kind: str, name: str, **fields: Any) -> Object:
        """Create an object in the namespace."""
        metadata = {"name": name, "namespace": self.namespace, **fields.pop("metadata", {})}
        return self.client.create(
            {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}
        )

    def get(self, api_version: str, kind: str, name: str) -> Object:
        """An object of the namespace. Raises LookupError when it is not there (yet)."""
        try:
            return self.client.get(api_version, kind, name, self.namespace)
        except NotFound as error:
            raise LookupError(str(error)) from error

    def every(self, api_version: str, kind: str) -> list[Object]:
        """The objects of a kind in the namespace."""
        return self.client.list(api_version, kind, self.namespace).items

    def pods(self) -> list[Object]:
        """The pods that are not on their way out."""
        return [pod for pod in self.every("v1", "Pod") if not is_terminating(pod)]

    def owned(self, api_version: str, kind: str, owner: Object) -> list[Object]:
        """The objects of a kind that this owner controls."""
        uid = owner["metadata"]["uid"]
        every = self.every(api_version, kind)
        return [one for one in every if (controller_of(one) or {}).get("uid") == uid]

    def is_gone(self, api_version: str, kind: str, name: str) -> bool:
        """Whether an object is there no more."""
        try:
            self.get(api_version, kind, name)
        except LookupError:
            return True
        return False

    def messages(self, reason: str) -> list[str]:
        """The messages of the recorded events with that reason."""
        return [one["message"] for one in self.every("v1", "Event") if one["reason"] == reason]

"""The official Kubernetes client, for tests that a lab's author writes by hand.

It is imported when a test first asks for it, since that takes most of a second.
"""

from functools import cached_property
from pathlib import Path
from typing import Any


class Cluster:
    """One cluster through the `kubernetes` package: `cluster.apps.read_namespaced_deployment(…)`.

    `core`, `apps`, `batch` and `custom` are its usual APIs; any other is made from `api`.
    """

    def __init__(self, kubeconfig: Path, name: str) -> None:
        self.name = name
        self._kubeconfig = kubeconfig

    @cached_property
    def kubernetes(self) -> Any:
        """The package's module `kubernetes.client`."""
        import kubernetes

        return kubernetes.client

    @cached_property
    def api(self) -> Any:
        """An `ApiClient` for this cluster."""
        from kubernetes import config

        return config.new_client_from_config(str(self._kubeconfig), context=self.name)

    @cached_property
    def core(self) -> Any:
        """`CoreV1Api`."""
        return self.kubernetes.CoreV1Api(self.api)

    @cached_property
    def apps(self) -> Any:
        """`AppsV1Api`."""
        return self.kubernetes.AppsV1Api(self.api)

    @cached_property
    def batch(self) -> Any:
        """`BatchV1Api`."""
        return self.kubernetes.BatchV1Api(self.api)

    @cached_property
    def custom(self) -> Any:
        """`CustomObjectsApi`, for GitOpsApps and other custom resources."""
        return self.kubernetes.CustomObjectsApi(self.api)

    def close(self) -> None:
        """Drop the connections, if there are any."""
        api = self.__dict__.get("api")
        if api is not None:
            api.close()

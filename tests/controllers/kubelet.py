"""A kubelet that runs nothing: it binds pods, calls them ready, and lets deleted ones go."""

import itertools
from collections.abc import Callable

from gitops_lab.kube import MERGE_PATCH, Client, Informer
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import Object, is_terminating, name_of, namespace_of, uid_of

NODE = "node-1"


class Kubelet:
    """Plays the node for every pod of a cluster, at once.

    `is_ready` says of a pod whether it comes up; `ends_as` in which phase it ends, "" for never;
    `lets_go` whether a deleted one ends.
    """

    def __init__(self, client: Client) -> None:
        self.is_ready: Callable[[Object], bool] = lambda pod: True
        self.lets_go: Callable[[Object], bool] = lambda pod: True
        self.ends_as: Callable[[Object], str] = lambda pod: ""
        self._client = client
        self._addresses = itertools.count(2)
        self._informer = Informer(client, "v1", "Pod", on_event=self._on_pod)

    def start(self) -> None:
        self._informer.start()

    def stop(self) -> None:
        self._informer.stop()

    def reset(self) -> None:
        """Run every pod, and let every one go."""
        self.is_ready = self.lets_go = lambda pod: True
        self.ends_as = lambda pod: ""

    def look_again(self) -> None:
        """Judge all pods anew, after `is_ready` or `lets_go` was changed."""
        for pod in self._informer.items():
            self._on_pod("MODIFIED", pod, None)

    def _on_pod(self, kind: str, pod: Object, old: Object | None) -> None:
        if kind == "DELETED":
            return
        try:
            if is_terminating(pod):
                if self.lets_go(pod):
                    self._client.delete(
                        "v1",
                        "Pod",
                        name_of(pod),
                        namespace_of(pod),
                        uid=uid_of(pod),
                        grace_seconds=0,
                    )
            elif not pod["spec"].get("nodeName"):
                self._bind(pod)
            elif pod["status"].get("phase") in ("Succeeded", "Failed"):
                return
            elif self.ends_as(pod) and pod["status"].get("podIP"):
                self._end(pod, self.ends_as(pod))
            elif self.is_ready(pod) != _is_up(pod) or not pod["status"].get("podIP"):
                self._run(pod)
        except ApiError:
            return

    def _bind(self, pod: Object) -> None:
        path = f"/api/v1/namespaces/{namespace_of(pod)}/pods/{name_of(pod)}/binding"
        target = {"apiVersion": "v1", "kind": "Node", "name": _wanted_node(pod)}
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": name_of(pod), "namespace": namespace_of(pod)},
            "target": target,
        }
        self._client.request("POST", path, body=binding)

    def _end(self, pod: Object, phase: str) -> None:
        changed = str(pod["metadata"]["creationTimestamp"])
        condition = {"type": "Ready", "status": "False", "lastTransitionTime": changed}
        patch = {"status": {"phase": phase, "conditions": [condition]}}
        self._client.patch(pod, patch, content_type=MERGE_PATCH, subresource="status")

    def _run(self, pod: Object) -> None:
        address = pod["status"].get("podIP") or f"10.9.0.{next(self._addresses)}"
        ready = "True" if self.is_ready(pod) else "False"
        changed = str(pod["metadata"]["creationTimestamp"])
        condition = {"type": "Ready", "status": ready, "lastTransitionTime": changed}
        status = {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [condition],
        }
        patch = {"status": status}
        self._client.patch(pod, patch, content_type=MERGE_PATCH, subresource="status")


def _is_up(pod: Object) -> bool:
    conditions = pod["status"].get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _wanted_node(pod: Object) -> str:
    """The node that a daemon's pod is meant for; one for all others."""
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or []:
        for field in term.get("matchFields") or []:
            return str(field["values"][0])
    return NODE

"""Which kinds an API server serves, and under which paths. Asked once, asked again on a miss."""

import threading
from dataclasses import dataclass
from typing import Any

from gitops_lab.kube.errors import UnknownKind
from gitops_lab.kube.objects import join_api_version
from gitops_lab.kube.transport import Transport, quoted

_AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
)


@dataclass(frozen=True)
class ResourceInfo:
    """One served resource. `plural` is the path's word for the kind."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` in the core group."""
        return join_api_version(self.group, self.version)

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The URL path of a collection, an object or its subresource."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{quoted(namespace)}" if self.namespaced and namespace else ""
        tail = "".join(f"/{quoted(part)}" for part in (name, *subresource.split("/")) if part)
        return f"{root}{scope}/{self.plural}{tail}"


class Discovery:
    """The resources of one server, cached; thread-safe."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], ResourceInfo] = {}

    def resource(self, api_version: str, kind: str) -> ResourceInfo:
        """The resource of a kind. Raises UnknownKind when the server has none, after asking."""
        found = self._known.get((api_version, kind))
        if found is None:
            found = self._refreshed().get((api_version, kind))
        if found is None:
            raise UnknownKind(
                {
                    "reason": "NotFound",
                    "code": 404,
                    "message": f'the cluster has no kind "{kind}" in version "{api_version}"',
                },
                hint="Check apiVersion and kind, or install the definition (CRD) first.",
            )
        return found

    def resources(self) -> list[ResourceInfo]:
        """Every served resource, asked anew; the preferred version of a group comes first."""
        return list(self._refreshed().values())

    def _refreshed(self) -> dict[tuple[str, str], ResourceInfo]:
        with self._lock:
            known: dict[tuple[str, str], ResourceInfo] = {}
            for root in ("/api", "/apis"):
                for info in self._of_root(root):
                    known.setdefault((info.api_version, info.kind), info)
            self._known = known
            return known

    def _of_root(self, root: str) -> list[ResourceInfo]:
        answer = self._transport.request("GET", root, headers={"Accept": _AGGREGATED})
        if answer.get("kind") == "APIGroupDiscoveryList":
            return _aggregated(answer)
        versions = _legacy_versions(answer)
        return [info for version in versions for info in self._of_version(root, version)]

    def _of_version(self, root: str, api_version: str) -> list[ResourceInfo]:
        answer = self._transport.request("GET", f"{root}/{api_version}")
        group, _, version = api_version.rpartition("/")
        return [
            ResourceInfo(
                group, version, r["kind"], r["name"], bool(r["namespaced"]), tuple(r["verbs"])
            )
            for r in answer.get("resources") or []
            if "/" not in r["name"]
        ]


def _aggregated(answer: dict[str, Any]) -> list[ResourceInfo]:
    return [
        ResourceInfo(
            (group.get("metadata") or {}).get("name", ""),
            version["version"],
            resource["responseKind"]["kind"],
            resource["resource"],
            resource["scope"] == "Namespaced",
            tuple(resource["verbs"]),
        )
        for group in answer.get("items") or []
        for version in group.get("versions") or []
        for resource in version.get("resources") or []
        if (resource.get("responseKind") or {}).get("kind")
    ]


def _legacy_versions(answer: dict[str, Any]) -> list[str]:
    if answer.get("kind") == "APIVersions":
        return list(answer.get("versions") or [])
    return [v["groupVersion"] for group in answer.get("groups") or [] for v in group["versions"]]

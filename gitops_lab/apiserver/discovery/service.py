"""Chooses the form that a client accepts and keeps each answer until the registry changes."""

from gitops_lab.apiserver.discovery import legacy
from gitops_lab.apiserver.discovery.aggregated import group_discovery_list
from gitops_lab.apiserver.discovery.groups import GroupVersion, group_versions
from gitops_lab.apiserver.document import JSON, Document
from gitops_lab.apiserver.types.registry import Registry

AGGREGATED = JSON + ";g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
ANY_JSON = ("", "*/*", "application/*", JSON)


def wanted_form(accept: str) -> str:
    """`v2`, `v2beta1` or `legacy`: the first clause of an Accept header that we can serve.

    An Accept that names none of ours (protobuf alone, say) gets the legacy form: JSON is what
    every client falls back on.
    """
    for clause in accept.split(","):
        media, *parameters = [part.strip() for part in clause.split(";")]
        asked = dict(each.partition("=")[::2] for each in parameters)
        if media == JSON and asked.get("as") == "APIGroupDiscoveryList":
            if asked.get("g") == "apidiscovery.k8s.io" and asked.get("v") in ("v2", "v2beta1"):
                return asked["v"]
        elif media in ANY_JSON and "as" not in asked:
            return "legacy"
    return "legacy"


class Discovery:
    """Answers of discovery over one registry. `address` is host:port as clients reach us."""

    def __init__(self, registry: Registry, address: str = "127.0.0.1:443") -> None:
        self.registry = registry
        self.address = address
        self._generation = -1
        self._versions: list[GroupVersion] = []
        self._documents: dict[tuple[str, str], Document | None] = {}

    def respond(self, path: str, accept: str = "") -> Document | None:
        """The answer for /api, /api/v1, /apis, /apis/GROUP or /apis/GROUP/VERSION; None is 404."""
        if self._generation != self.registry.generation:
            self._generation = self.registry.generation
            self._versions = group_versions(self.registry.all())
            self._documents = {}
        path = path.strip("/")
        form = wanted_form(accept) if path in ("api", "apis") else "legacy"
        if (path, form) not in self._documents:
            self._documents[path, form] = self._make(path, form)
        return self._documents[path, form]

    def _make(self, path: str, form: str) -> Document | None:
        if form == "legacy":
            return self._legacy(path.split("/"))
        asked = [each for each in self._versions if bool(each.group) == (path == "apis")]
        content = group_discovery_list(form, asked)
        return Document.of(content, AGGREGATED.format(version=form))

    def _legacy(self, parts: list[str]) -> Document | None:
        match parts:
            case ["api"]:
                return Document.of(legacy.api_versions(self._versions, self.address))
            case ["apis"]:
                return Document.of(legacy.api_group_list(self._versions))
            case ["api", version]:
                return self._resources("", version)
            case ["apis", group, version]:
                return self._resources(group, version)
            case ["apis", group]:
                mine = [each for each in self._versions if each.group == group]
                return Document.of(legacy.api_group(group, mine)) if group and mine else None
        return None

    def _resources(self, group: str, version: str) -> Document | None:
        for each in self._versions:
            if (each.group, each.version) == (group, version):
                return Document.of(legacy.api_resource_list(each))
        return None

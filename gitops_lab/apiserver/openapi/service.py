"""Serves the documents: built when first asked for, kept gzip'ed until the registry changes."""

import hashlib
import threading
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as installed

import orjson

from gitops_lab import __version__
from gitops_lab.apiserver.discovery.groups import GroupVersion, group_versions
from gitops_lab.apiserver.discovery.service import ANY_JSON
from gitops_lab.apiserver.document import Document
from gitops_lab.apiserver.openapi.components import schemas
from gitops_lab.apiserver.openapi.paths import paths
from gitops_lab.apiserver.openapi.swagger import swagger
from gitops_lab.apiserver.types.definitions import builtin_definitions
from gitops_lab.apiserver.types.registry import Registry

FOR_EVER = "public, immutable, max-age=31536000"
V2 = "swagger 2.0"


def takes_json(accept: str) -> bool:
    """Whether an Accept header allows JSON; some clients of v2 take protobuf alone."""
    kinds = [clause.partition(";")[0].strip() for clause in accept.split(",")]
    return any(kind in ANY_JSON or kind.endswith("+json") for kind in kinds)


@dataclass(frozen=True)
class Reply:
    """An answer: a document, or the place where it is (a 301) when `location` is set."""

    document: Document | None = None
    location: str = ""
    cache_control: str = "no-cache, private"


class OpenApi:
    """OpenAPI over one registry. `version` is the server's gitVersion."""

    def __init__(self, registry: Registry, version: str = "unversioned") -> None:
        self.registry = registry
        self.version = version
        self._lock = threading.Lock()
        self._generation = -1
        self._groups: dict[str, GroupVersion] = {}
        self._hashes: dict[str, str] = {}
        self._hash_of_all = ""
        self._documents: dict[str, tuple[str, Document]] = {}

    def respond(self, path: str, asked_hash: str = "") -> Reply | None:
        """The answer for /openapi/v3, /openapi/v3/… or /openapi/v2; None is 404.

        `asked_hash` is the query parameter `hash`: the right one makes the answer cacheable for
        ever, a wrong one is sent to the right one, as kube-apiserver does. Building takes tens of
        milliseconds; may be called from any thread.
        """
        with self._lock:
            return self._respond(path, asked_hash)

    def _respond(self, path: str, asked_hash: str) -> Reply | None:
        self._refresh()
        path = path.strip("/")
        if path == "openapi/v2":
            return Reply(self._v2())
        if path == "openapi/v3":
            return Reply(Document.of(self._index()))
        group = path.removeprefix("openapi/v3/")
        if group not in self._groups:
            return None
        if asked_hash and asked_hash != self._hashes[group]:
            return Reply(location=self._url(group))
        if asked_hash:
            return Reply(self._v3(group), cache_control=FOR_EVER)
        return Reply(self._v3(group))

    def _refresh(self) -> None:
        if self._generation == self.registry.generation:
            return
        self._generation = self.registry.generation
        self._groups = {
            ("apis/" if each.group else "api/") + each.api_version: each
            for each in group_versions(self.registry.all())
        }
        self._hashes = {name: _hash(each) for name, each in self._groups.items()}
        self._hash_of_all = hashlib.sha256("".join(self._hashes.values()).encode()).hexdigest()
        keep = {**self._hashes, V2: self._hash_of_all}
        self._documents = {
            name: held for name, held in self._documents.items() if keep.get(name) == held[0]
        }

    def _index(self) -> dict[str, dict[str, dict[str, str]]]:
        return {"paths": {name: {"serverRelativeURL": self._url(name)} for name in self._groups}}

    def _url(self, group: str) -> str:
        return f"/openapi/v3/{group}?hash={self._hashes[group]}"

    def _v3(self, group: str) -> Document:
        held = self._documents.get(group)
        if held is None:
            held = (self._hashes[group], Document.of(self._content(group)))
            self._documents[group] = held
        return held[1]

    def _content(self, group: str) -> dict[str, object]:
        resources = self._groups[group].resources
        return {
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes", "version": self.version},
            "paths": paths(resources),
            "components": {"schemas": schemas(resources, builtin_definitions())},
        }

    def _v2(self) -> Document:
        held = self._documents.get(V2)
        if held is None:
            documents = (orjson.loads(self._v3(name).body()) for name in self._groups)
            held = (self._hash_of_all, Document.of(swagger(documents, self.version)))
            self._documents[V2] = held
        return held[1]


def _hash(group: GroupVersion) -> str:
    """Changes whenever the document would: told without building it."""
    digest = hashlib.sha256(_definitions_version().encode())
    for each in group.resources:
        row = (each.kind, each.plural, each.namespaced, each.verbs, each.short_names)
        subresources = [(sub.name, sub.kind, sub.verbs) for sub in each.subresources]
        schema = each.schema.keywords if each.custom else None
        digest.update(orjson.dumps([row, subresources, schema]))
    return digest.hexdigest().upper()


@cache
def _definitions_version() -> str:
    """What the built-in part of a document depends on: their package and ours."""
    return f"{installed('kubernetes-validate')} {__version__}"

"""Which resources there are: the built-in ones of Kubernetes 1.37 and those that CRDs add."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.apiserver.types.definitions import DATA, Definitions, builtin_definitions
from gitops_lab.apiserver.types.schema import Schema

# Built-in kinds that the genuine server warns about.
DEPRECATED = {
    ("", "v1", "ComponentStatus"): "v1 ComponentStatus is deprecated in v1.19+",
    ("", "v1", "Endpoints"): (
        "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
    ),
}


@dataclass(frozen=True)
class Subresource:
    """A part of a resource with a path of its own; group and version as its body has them."""

    name: str
    kind: str
    verbs: tuple[str, ...]
    group: str = ""
    version: str = ""


@dataclass(frozen=True)
class Resource:
    """One kind in one version, as discovery tells it.

    `columns` are a CRD's additionalPrinterColumns (None for built-in kinds), `selectable_fields`
    the JSONPaths of its selectableFields, `scale_paths` where it keeps replicas, running replicas
    and selector ("" without one), `ending` whether that definition is being deleted,
    `deprecation` the warning that clients of this version get.
    """

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    namespaced: bool
    verbs: tuple[str, ...]
    schema: Schema = field(repr=False, compare=False)
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[Subresource, ...] = ()
    storage_version_hash: str = ""
    served: bool = True
    custom: bool = False
    columns: tuple[dict[str, Any], ...] | None = field(default=None, repr=False, compare=False)
    selectable_fields: tuple[str, ...] = ()
    scale_paths: tuple[str, str, str] | None = None
    ending: bool = False
    deprecation: str = ""

    @property
    def api_version(self) -> str:
        """`v1` or `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def list_kind(self) -> str:
        """The kind of a list of them."""
        return f"{self.kind}List"

    @property
    def group_resource(self) -> str:
        """`configmaps` or `deployments.apps`, as error messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def subresource(self, name: str) -> Subresource | None:
        """The subresource of this name, if there is one."""
        return next((sub for sub in self.subresources if sub.name == name), None)


class Registry:
    """The served resources; `generation` rises with every change, for caches to key on."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self.generation = 0
        self._by_plural: dict[tuple[str, str, str], Resource] = {}
        self._by_kind: dict[tuple[str, str, str], Resource] = {}
        for resource in resources:
            self.add(resource)

    @classmethod
    def builtin(cls) -> "Registry":
        """The built-in resources that a server with default flags serves: stable versions."""
        return cls(builtin_resources())

    def lookup(self, group: str, version: str, plural: str) -> Resource | None:
        """The resource of a request's path."""
        return self._by_plural.get((group, version, plural))

    def by_kind(self, group: str, version: str, kind: str) -> Resource | None:
        """The resource of an object's apiVersion and kind."""
        return self._by_kind.get((group, version, kind))

    def all(self) -> list[Resource]:
        """All of them: core first, groups and versions in order of preference."""
        return list(self._by_plural.values())

    def add(self, resource: Resource) -> None:
        """Serve a resource, or a new form of one that is served."""
        old = self._by_plural.get((resource.group, resource.version, resource.plural))
        if old is not None:
            self._by_kind.pop((old.group, old.version, old.kind), None)
        self._by_plural[resource.group, resource.version, resource.plural] = resource
        self._by_kind[resource.group, resource.version, resource.kind] = resource
        self.generation += 1

    def remove(self, group: str, plural: str) -> None:
        """Stop serving a resource in every version."""
        gone = [key for key in self._by_plural if key[0] == group and key[2] == plural]
        for key in gone:
            resource = self._by_plural.pop(key)
            self._by_kind.pop((group, resource.version, resource.kind), None)
        self.generation += bool(gone)


def builtin_resources(*, preview: bool = False) -> list[Resource]:
    """The table's resources; `preview` adds alpha and beta versions, off in a default server."""
    rows = json.loads((DATA / "resources.json").read_text())["resources"]
    definitions = builtin_definitions()
    stable = (row for row in rows if preview or row["version"][1:].isdigit())
    return [_resource(row, definitions) for row in stable]


def _resource(row: dict[str, Any], definitions: Definitions) -> Resource:
    return Resource(
        group=row["group"],
        version=row["version"],
        kind=row["kind"],
        plural=row["plural"],
        singular=row["singular"],
        namespaced=row["namespaced"],
        verbs=tuple(row["verbs"]),
        schema=definitions.schema(row["schema"]),
        short_names=tuple(row.get("short", ())),
        categories=tuple(row.get("categories", ())),
        subresources=tuple(_subresource(row, sub) for sub in row.get("subresources", ())),
        storage_version_hash=row.get("hash", ""),
        deprecation=DEPRECATED.get((row["group"], row["version"], row["kind"]), ""),
    )


def _subresource(parent: dict[str, Any], row: dict[str, Any]) -> Subresource:
    return Subresource(
        name=row["name"],
        kind=row["kind"],
        verbs=tuple(row["verbs"]),
        group=row.get("group", parent["group"]),
        version=row.get("version", parent["version"]),
    )

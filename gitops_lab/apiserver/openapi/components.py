"""components.schemas of a group version: its kinds, their lists, and all that they refer to."""

from collections.abc import Iterable
from typing import Any

from gitops_lab.apiserver.types.definitions import Definitions
from gitops_lab.apiserver.types.registry import Resource, Subresource

Document = dict[str, Any]

META = "io.k8s.apimachinery.pkg.apis.meta.v1."
LIST_META, OBJECT_META = META + "ListMeta", META + "ObjectMeta"
PATCH, STATUS, DELETE_OPTIONS, WATCH_EVENT = (
    META + kind for kind in ("Patch", "Status", "DeleteOptions", "WatchEvent")
)
SHARED = (DELETE_OPTIONS, WATCH_EVENT)
ALWAYS = (PATCH, STATUS, *SHARED, LIST_META, OBJECT_META)
GVK = "x-kubernetes-group-version-kind"
CONFIG_MAP = "io.k8s.api.core.v1.ConfigMap"
"""Any built-in kind: what it says of the fields that all kinds have is said of custom ones too."""


def schema_name(resource: Resource) -> str:
    """Name of a kind's schema; a custom one is its group turned round, as Kubernetes has it."""
    if not resource.custom:
        return resource.schema.name
    return ".".join([*reversed(resource.group.split(".")), resource.version, resource.kind])


def list_name(resource: Resource) -> str:
    """Name of the schema of a kind's list."""
    return schema_name(resource) + "List"


def subresource_name(resource: Resource, subresource: Subresource) -> str:
    """Name of the schema of a subresource's body."""
    own = (resource.group, resource.version, resource.kind)
    if (subresource.group, subresource.version, subresource.kind) == own:
        return schema_name(resource)
    package = subresource.group.partition(".")[0] or "core"
    return f"io.k8s.api.{package}.{subresource.version}.{subresource.kind}"


def schemas(resources: Iterable[Resource], definitions: Definitions) -> dict[str, Document]:
    """Schema name -> schema, closed under references, for resources of one group version."""
    them = list(resources)
    found = _custom(them, definitions)
    waiting = [*ALWAYS, *(name for each in them for name in _needed(each))]
    for document in found.values():
        waiting += _references(document)
    while waiting:
        name = waiting.pop()
        if name not in found and name in definitions:
            found[name] = definitions.openapi(name)
            waiting += definitions.references(name)
    for name in SHARED:
        _keep_gvk(found[name], them[0].group, them[0].version)
    return dict(sorted(found.items()))


def _needed(resource: Resource) -> list[str]:
    them = [subresource_name(resource, each) for each in resource.subresources]
    return [schema_name(resource), list_name(resource), *them]


def _keep_gvk(document: Document, group: str, version: str) -> None:
    """Leave only core's v1 and the document's own of the kinds that every group has."""
    kept = (("", "v1"), (group, version))
    rows = document.get(GVK, [])
    kind = rows[0]["kind"] if rows else ""
    document[GVK] = [
        {"group": each[0], "kind": kind, "version": each[1]} for each in dict.fromkeys(kept)
    ]


def _custom(resources: list[Resource], definitions: Definitions) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for each in resources:
        if each.custom:
            said = _described(definitions, CONFIG_MAP)
            found[schema_name(each)] = _custom_kind(each, said)
            said = _described(definitions, CONFIG_MAP + "List")
            found[list_name(each)] = _custom_list(each, said)
    return found


def _described(definitions: Definitions, name: str) -> dict[str, Document]:
    """The descriptions of a kind's fields."""
    properties = definitions.openapi(name)["properties"]
    return {key: {"description": each["description"]} for key, each in properties.items()}


def _custom_kind(resource: Resource, said: dict[str, Document]) -> Document:
    document = resource.schema.openapi()
    declared = dict(document.get("properties", {}))
    declared["apiVersion"] = {**said["apiVersion"], "type": "string"}
    declared["kind"] = {**said["kind"], "type": "string"}
    # What a definition says about metadata only narrows it; clients need the whole type.
    declared["metadata"] = {**said["metadata"], **_reference(OBJECT_META)}
    document["type"] = "object"
    document["properties"] = dict(sorted(declared.items()))
    document[GVK] = [_gvk(resource, resource.kind)]
    return document


def _custom_list(resource: Resource, said: dict[str, Document]) -> Document:
    items = {"type": "array", "description": f"List of {resource.plural}."}
    return {
        "description": f"{resource.list_kind} is a list of {resource.kind}.",
        "type": "object",
        "required": ["items"],
        "properties": {
            "apiVersion": {**said["apiVersion"], "type": "string"},
            "items": {**items, "items": _reference(schema_name(resource))},
            "kind": {**said["kind"], "type": "string"},
            "metadata": {**said["metadata"], **_reference(LIST_META)},
        },
        GVK: [_gvk(resource, resource.list_kind)],
    }


def _gvk(resource: Resource, kind: str) -> Document:
    return {"group": resource.group, "kind": kind, "version": resource.version}


def _reference(name: str) -> Document:
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}]}


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for each in node for name in _references(each)]
    if not isinstance(node, dict):
        return []
    found = [name for each in node.values() for name in _references(each)]
    if isinstance(node.get("$ref"), str):
        found.append(node["$ref"].rpartition("/")[2])
    return found

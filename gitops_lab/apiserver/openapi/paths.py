"""Path items: which verb a resource takes where, with which parameters and which body.

kubectl reads them to learn whether a kind takes server-side field validation and dry run (the
parameters of PATCH) and whether it takes strategic merge patches (its media types).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gitops_lab.apiserver.openapi import parameters
from gitops_lab.apiserver.openapi.components import (
    DELETE_OPTIONS,
    GVK,
    PATCH,
    STATUS,
    list_name,
    schema_name,
    subresource_name,
)
from gitops_lab.apiserver.types.registry import Resource, Subresource

Item = dict[str, Any]

JSON = "application/json"
PATCH_TYPES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
)
STRATEGIC = "application/strategic-merge-patch+json"
# Discovery verb -> (method, word of operationId, x-kubernetes-action)
ON_ONE = {
    "get": ("get", "read", "get"),
    "update": ("put", "replace", "put"),
    "patch": ("patch", "patch", "patch"),
    "delete": ("delete", "delete", "delete"),
    "create": ("post", "create", "post"),
}
ON_ALL = {
    "list": ("get", "list", "list"),
    "create": ("post", "create", "post"),
    "deletecollection": ("delete", "delete", "deletecollection"),
}


@dataclass(frozen=True)
class _About:
    """What an operation is about: the kind that it answers with, and where it stands."""

    resource: Resource
    gvk: tuple[str, str, str]
    schema: str
    suffix: str

    def tag(self) -> str:
        group = self.resource.group.partition(".")[0] or "core"
        return f"{group}_{self.resource.version}"

    def camel(self) -> str:
        words = self.tag().replace("-", "_").split("_")
        return "".join(word[:1].upper() + word[1:] for word in words)


def paths(resources: Iterable[Resource]) -> dict[str, Item]:
    """Path -> path item, for every resource of a group version."""
    found: dict[str, Item] = {}
    for each in resources:
        found.update(_paths(each))
    return dict(sorted(found.items()))


def _paths(resource: Resource) -> dict[str, Item]:
    root = f"/apis/{resource.group}" if resource.group else "/api"
    base = f"{root}/{resource.version}"
    scope = f"{base}/namespaces/{{namespace}}" if resource.namespaced else base
    every, one = f"{scope}/{resource.plural}", f"{scope}/{resource.plural}/{{name}}"
    found = {every: _collection(resource), one: _single(resource)}
    if resource.namespaced and "list" in resource.verbs:
        found[f"{base}/{resource.plural}"] = _all_namespaces(resource)
    for each in resource.subresources:
        found[f"{one}/{each.name}"] = _subresource(resource, each)
    return {path: item for path, item in found.items() if set(item) - {"parameters"}}


def _about(resource: Resource) -> _About:
    kind = (resource.group, resource.version, resource.kind)
    scope = "Namespaced" if resource.namespaced else ""
    return _About(resource, kind, schema_name(resource), scope + resource.kind)


def _collection(resource: Resource) -> Item:
    about = _about(resource)
    item: Item = {"parameters": _scope(resource)}
    for verb, (method, word, action) in ON_ALL.items():
        if verb in resource.verbs:
            prefix = "Collection" if verb == "deletecollection" else ""
            item[method] = _operation(about, (method, word, action), prefix)
    return item


def _all_namespaces(resource: Resource) -> Item:
    about = _about(resource)
    operation = _operation(about, ON_ALL["list"])
    operation["operationId"] = f"list{about.camel()}{resource.kind}ForAllNamespaces"
    return {"parameters": [parameters.PRETTY], "get": operation}


def _single(resource: Resource) -> Item:
    item: Item = {"parameters": [parameters.name_of(resource.kind), *_scope(resource)]}
    for verb, how in ON_ONE.items():
        if verb in resource.verbs and verb != "create":
            item[how[0]] = _operation(_about(resource), how)
    return item


def _subresource(resource: Resource, subresource: Subresource) -> Item:
    kind = (subresource.group, subresource.version, subresource.kind)
    suffix = _about(resource).suffix + subresource.name[:1].upper() + subresource.name[1:]
    about = _About(resource, kind, subresource_name(resource, subresource), suffix)
    item: Item = {"parameters": [parameters.name_of(subresource.kind), *_scope(resource)]}
    connects = subresource.kind.endswith("Options")
    for verb, how in ON_ONE.items():
        if verb in subresource.verbs:
            item[how[0]] = _connection(about, how[0]) if connects else _operation(about, how)
    return item


def _connection(about: _About, method: str) -> Item:
    """exec, attach, port-forward and proxies: what comes back has no schema."""
    operation = _operation(about, (method, "connect", "connect"), method.capitalize())
    content = {"*/*": {"schema": {"type": "string"}}}
    operation["responses"]["200"] = {"description": "OK", "content": content}
    return operation


def _scope(resource: Resource) -> list[Item]:
    spaces = [parameters.NAMESPACE] if resource.namespaced else []
    return [*spaces, parameters.PRETTY]


def _operation(about: _About, how: tuple[str, str, str], prefix: str = "") -> Item:
    _, word, action = how
    group, version, kind = about.gvk
    operation: Item = {
        "tags": [about.tag()],
        "description": f"{word} {kind}",
        "operationId": f"{word}{about.camel()}{prefix}{about.suffix}",
        "parameters": _parameters(action),
        "responses": _responses(about, action),
        "x-kubernetes-action": action,
        GVK: {"group": group, "version": version, "kind": kind},
    }
    body = _body(about, action)
    if body:
        operation["requestBody"] = body
    return operation


def _parameters(action: str) -> list[Item]:
    return {
        "list": parameters.LISTING,
        "post": parameters.WRITING,
        "put": parameters.WRITING,
        "patch": parameters.PATCHING,
        "delete": parameters.DELETING,
        "deletecollection": [*parameters.LISTING[1:-1], *parameters.DELETING],
    }.get(action, [])


def _body(about: _About, action: str) -> Item | None:
    match action:
        case "post" | "put":
            return {"content": _content(about.schema), "required": True}
        case "patch":
            types = PATCH_TYPES if about.resource.custom else (*PATCH_TYPES, STRATEGIC)
            return {"content": _content(PATCH, types), "required": True}
        case "delete" | "deletecollection":
            return {"content": _content(DELETE_OPTIONS)}
    return None


def _responses(about: _About, action: str) -> Item:
    answer = about.schema
    if action == "list":
        answer = list_name(about.resource)
    elif action in ("delete", "deletecollection"):
        answer = STATUS
    codes = {"post": ("201", "202", "200"), "put": ("200", "201"), "patch": ("200", "201")}
    words = {"200": "OK", "201": "Created", "202": "Accepted"}
    found: Item = {
        code: {"description": words[code], "content": _content(answer)}
        for code in codes.get(action, ("200",))
    }
    return {**found, "401": {"description": "Unauthorized"}}


def _content(schema: str, types: Iterable[str] = (JSON,)) -> Item:
    reference = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return dict.fromkeys(types, reference)

"""From an established definition to the resources that it adds: one for each served version."""

import base64
import hashlib
from typing import Any

from gitops_lab.apiserver.types.definitions import builtin_definitions
from gitops_lab.apiserver.types.registry import Resource, Subresource
from gitops_lab.apiserver.types.schema import Schema

Object = dict[str, Any]

VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
PART_VERBS = ("get", "patch", "update")
OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
PRESERVE = "x-kubernetes-preserve-unknown-fields"


def custom_resources(crd: Object) -> list[Resource]:
    """Resources of a definition, under the names that it was given."""
    served = [each for each in crd["spec"]["versions"] if each.get("served")]
    return [_resource(crd, each) for each in served]


def _resource(crd: Object, version: Object) -> Resource:
    spec, names = crd["spec"], crd["status"]["acceptedNames"]
    return Resource(
        group=spec["group"],
        version=version["name"],
        kind=names["kind"],
        plural=names["plural"],
        singular=names["singular"],
        namespaced=spec["scope"] == "Namespaced",
        verbs=VERBS,
        schema=custom_schema(version),
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=_subresources(spec["group"], version, names["kind"]),
        storage_version_hash=_storage_hash(crd),
        custom=True,
        columns=tuple(version.get("additionalPrinterColumns") or ()),
        selectable_fields=tuple(each["jsonPath"] for each in version.get("selectableFields") or ()),
        scale_paths=_scale_paths(version),
        deprecation=_deprecation(crd, version),
    )


def _subresources(group: str, version: Object, kind: str) -> tuple[Subresource, ...]:
    declared = version.get("subresources") or {}
    found = []
    if "status" in declared:
        found.append(Subresource("status", kind, PART_VERBS, group, version["name"]))
    if "scale" in declared:
        found.append(Subresource("scale", "Scale", PART_VERBS, "autoscaling", "v1"))
    return tuple(found)


def _deprecation(crd: Object, version: Object) -> str:
    if not version.get("deprecated"):
        return ""
    names = crd["status"]["acceptedNames"]
    default = f"{crd['spec']['group']}/{version['name']} {names['kind']} is deprecated"
    return str(version.get("deprecationWarning") or default)


def _scale_paths(version: Object) -> tuple[str, str, str] | None:
    scale = (version.get("subresources") or {}).get("scale")
    if scale is None:
        return None
    selector = scale.get("labelSelectorPath") or ""
    return scale["specReplicasPath"], scale["statusReplicasPath"], selector


def _storage_hash(crd: Object) -> str:
    """What discovery tells of the stored form: a hash of group, version and kind."""
    stored = next(each["name"] for each in crd["spec"]["versions"] if each.get("storage"))
    text = f"{crd['spec']['group']}/{stored}/{crd['status']['acceptedNames']['kind']}"
    return base64.b64encode(hashlib.sha256(text.encode()).digest()[:8]).decode()


def custom_schema(version: Object) -> Schema:
    """The schema of whole objects of a version: what is declared, with the type of metadata."""
    declared = (version.get("schema") or {}).get("openAPIV3Schema") or {PRESERVE: True}
    schema = Schema.from_openapi(_with_meta(_closed(declared)), builtin_definitions().schema)
    schema.status_apart = "status" in (version.get("subresources") or {})
    return schema


def _closed(schema: Object) -> Object:
    """Structural schemas prune what they don't name, also below `type: object` alone."""
    found = dict(schema)
    for key in ("items", "additionalProperties", "not"):
        if isinstance(found.get(key), dict):
            found[key] = _closed(found[key])
    if found.get("type") == "object" and not found.get("additionalProperties"):
        found["properties"] = {
            name: _closed(each) for name, each in (found.get("properties") or {}).items()
        }
    if found.get("x-kubernetes-embedded-resource"):
        return _with_meta(found)
    return found


def _with_meta(schema: Object) -> Object:
    """A schema with apiVersion, kind and the real type of metadata."""
    text = {"type": "string"}
    metadata = {"$ref": f"#/components/schemas/{OBJECT_META}"}
    declared = schema.get("properties") or {}
    whole = {**declared, "apiVersion": text, "kind": text, "metadata": metadata}
    return {**schema, "type": "object", "properties": whole}

"""The OpenAPI definitions of the built-in types, from the package kubernetes-validate.

They are kept as bytes (about 1.8 MB) and parsed one by one: a workspace touches a few dozen of
862. Values that the package lacks (the defaults of OpenAPI v3) come from data/defaults.json.
"""

import gc
import importlib.util
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from gitops_lab.apiserver.types.schema import Schema, reference_of

DATA = Path(__file__).parent / "data"
FOLDER = "kubernetes-json-schema/v1.37.0-local/_definitions.json"


class Definitions:
    """Definition name -> Schema or OpenAPI v3 document."""

    def __init__(self, texts: dict[str, bytes], defaults: dict[str, dict[str, Any]]) -> None:
        self._texts = texts
        self._defaults = defaults
        self._schemas: dict[str, Schema] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def schema(self, name: str) -> Schema:
        """The shared node of a definition. KeyError when there is none of this name."""
        found = self._schemas.get(name)
        if found is None:
            raw = _without_descriptions(self.openapi(name))
            found = Schema(raw, self.schema, name=name, document=lambda: self.openapi(name))
            self._schemas[name] = found
        return found

    def openapi(self, name: str) -> dict[str, Any]:
        """The definition as the API server's OpenAPI v3 says it; a fresh dict at every call."""
        document: dict[str, Any] = _as_v3(orjson.loads(self._texts[name]))
        _drop_fixed_enums(document)
        for path, value in self._defaults.get(name, {}).items():
            _add_default(document["properties"], path, value)
        if name.endswith(".IntOrString"):
            document.update(format="int-or-string", oneOf=[{"type": "integer"}, {"type": "string"}])
        return document

    def references(self, name: str) -> set[str]:
        """The names that a definition refers to directly."""
        found: set[str] = set()
        _collect_references(orjson.loads(self._texts[name]), found)
        return found


@cache
def builtin_definitions() -> Definitions:
    """The definitions of Kubernetes 1.37, read once."""
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or spec.origin is None:  # a hard dependency: only a broken install gets here
        raise ModuleNotFoundError("kubernetes_validate")
    parsed = orjson.loads((Path(spec.origin).parent / FOLDER).read_bytes())["$defs"]
    texts = {name: orjson.dumps(body) for name, body in parsed.items()}
    del parsed
    gc.collect(0)
    return Definitions(texts, json.loads((DATA / "defaults.json").read_text()))


def _as_v3(node: Any) -> Any:
    """The package's JSON schema as OpenAPI: no null types, references into components."""
    if isinstance(node, list):
        return [_as_v3(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: _as_v3(value) for key, value in node.items()}
    if isinstance(node.get("type"), list):
        result["type"] = next(word for word in node["type"] if word != "null")
    if isinstance(node.get("$ref"), str):
        result["$ref"] = "#/components/schemas/" + reference_of(node)
        if len(result) > 1:  # OpenAPI 3.0 reads nothing beside a $ref
            result["allOf"] = [{"$ref": result.pop("$ref")}]
    return result


def _drop_fixed_enums(document: dict[str, Any]) -> None:
    """The package pins apiVersion and kind of top-level kinds; Kubernetes' own text does not."""
    if "x-kubernetes-group-version-kind" in document:
        for key in ("apiVersion", "kind"):
            document.get("properties", {}).get(key, {}).pop("enum", None)


def _add_default(properties: dict[str, Any], path: str, value: Any) -> None:
    field = path.rstrip("[]{}")
    node = properties[field]
    if path.endswith("[]"):
        properties[field] = node | {"items": _defaulted(node["items"], value)}
    elif path.endswith("{}"):
        properties[field] = node | {
            "additionalProperties": _defaulted(node["additionalProperties"], value)
        }
    else:
        properties[field] = _defaulted(node, value)


def _defaulted(node: dict[str, Any], value: Any) -> dict[str, Any]:
    if "$ref" in node:
        return {"allOf": [{"$ref": node["$ref"]}], "default": value}
    return node | {"default": value}


def _without_descriptions(node: Any) -> Any:
    """The same schema for machines; `properties` may have a field called description."""
    if isinstance(node, list):
        return [_without_descriptions(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {k: _without_descriptions(v) for k, v in node.items() if k != "description"}
    if "properties" in node:
        result["properties"] = {
            field: _without_descriptions(sub) for field, sub in node["properties"].items()
        }
    return result


def _collect_references(node: Any, found: set[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _collect_references(item, found)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            found.add(reference_of(node))
        for value in node.values():
            _collect_references(value, found)

"""OpenAPI v2 out of v3 documents, for clients that know no other (kubectl before 1.26, Helm 3)."""

from collections.abc import Iterable
from typing import Any

Document = dict[str, Any]

V3_ONLY = ("nullable", "oneOf", "anyOf", "not", "deprecated", "writeOnly")
PREFIX = "#/components/schemas/"
OPEN = "x-kubernetes-preserve-unknown-fields"


def swagger(documents: Iterable[Document], version: str) -> Document:
    """One v2 document that says what all the v3 documents say."""
    definitions: Document = {}
    paths: Document = {}
    for each in documents:
        definitions.update(each["components"]["schemas"])
        paths.update(each["paths"])
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": {path: _item(item) for path, item in sorted(paths.items())},
        "definitions": {name: _kind(each) for name, each in sorted(definitions.items())},
    }


def _kind(schema: Document) -> Document:
    """A kind that takes anything declares nothing in v2: its readers would refuse the rest."""
    if not (schema.get(OPEN) and "x-kubernetes-group-version-kind" in schema):
        converted: Document = _schema(schema)
        return converted
    known = ("apiVersion", "kind", "metadata")
    kept = {key: each for key, each in schema["properties"].items() if key in known}
    return _kind({k: v for k, v in schema.items() if k != OPEN} | {"properties": kept})


def _schema(node: Any) -> Any:
    """A schema without what v2 lacks. References stand alone, what was beside them is dropped."""
    if isinstance(node, list):
        return [_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    wrapped = node.get("allOf")
    if isinstance(wrapped, list) and len(wrapped) == 1 and "$ref" in wrapped[0]:
        return {**_described(node), **_schema(wrapped[0])}
    if isinstance(node.get("$ref"), str):
        return {"$ref": node["$ref"].replace(PREFIX, "#/definitions/")}
    kept = {key: value for key, value in node.items() if key not in V3_ONLY}
    if isinstance(node.get("properties"), dict):
        kept["properties"] = {key: _schema(each) for key, each in node["properties"].items()}
    return {
        key: value if key in ("default", "properties") else _schema(value)
        for key, value in kept.items()
    }


def _described(node: Document) -> Document:
    return {"description": node["description"]} if "description" in node else {}


def _item(item: Document) -> Document:
    found: Document = {}
    for key, value in item.items():
        found[key] = [_parameter(each) for each in value] if key == "parameters" else _method(value)
    return found


def _method(operation: Document) -> Document:
    found = {key: value for key, value in operation.items() if key != "requestBody"}
    found["parameters"] = [_parameter(each) for each in operation["parameters"]]
    body = operation.get("requestBody")
    if body:
        content = body["content"]
        schema = _schema(next(iter(content.values()))["schema"])
        found["parameters"].append(
            {"name": "body", "in": "body", "required": bool(body.get("required")), "schema": schema}
        )
        found["consumes"] = list(content)
    found["produces"] = ["application/json"]
    found["responses"] = {code: _response(each) for code, each in operation["responses"].items()}
    return found


def _parameter(parameter: Document) -> Document:
    schema = parameter.get("schema", {})
    return {**{key: value for key, value in parameter.items() if key != "schema"}, **schema}


def _response(response: Document) -> Document:
    found = {"description": response["description"]}
    content = response.get("content")
    if content:
        found["schema"] = _schema(next(iter(content.values()))["schema"])
    return found

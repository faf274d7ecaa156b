"""The definitions that the dialects bring are ones that a genuine API server takes whole."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from gitops_lab.host.dialects import load
from gitops_lab.kube import Object
from gitops_lab.kube.objects import name_of

_SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
_TABLE = files("gitops_lab.apiserver.types.data").joinpath("structs.json")
DEFINITIONS = [
    definition for engine in ("argocd", "flux") for definition in load(engine, "lab").definitions()
]


def _unknown(schema: Any, known: set[str], path: str) -> Iterator[str]:
    """Keywords that Kubernetes has no field for; a server-side apply of them is refused."""
    if not isinstance(schema, dict):
        return
    yield from (f"{path}.{key}" for key in schema.keys() - known)
    for name, nested in (schema.get("properties") or {}).items():
        yield from _unknown(nested, known, f"{path}.{name}")
    for key in ("items", "additionalProperties", "not"):
        yield from _unknown(schema.get(key), known, f"{path}.{key}")
    for key in ("allOf", "anyOf", "oneOf"):
        for nested in schema.get(key) or []:
            yield from _unknown(nested, known, f"{path}.{key}")


@pytest.mark.parametrize("definition", DEFINITIONS, ids=name_of)
def test_a_schema_has_no_keyword_that_kubernetes_does_not_know(definition: Object) -> None:
    known = {name for name, *_ in json.loads(_TABLE.read_text())[_SCHEMA]}
    assert {"type", "x-kubernetes-validations"} <= known
    for version in definition["spec"]["versions"]:
        schema = version["schema"]["openAPIV3Schema"]
        assert list(_unknown(schema, known, version["name"])) == []

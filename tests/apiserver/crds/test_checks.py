from typing import Any

import pytest

from gitops_lab.apiserver.crds import check_definition
from gitops_lab.apiserver.validation import message
from tests.apiserver.crds.definitions import Object, widgets, with_schema

ROOT = "spec.validation.openAPIV3Schema.properties[spec]"


def told(definition: Object, old: Object | None = None) -> list[str]:
    return [f"{each.field}: {message(each)}" for each in check_definition(definition, old)]


def test_a_good_definition_has_no_problems() -> None:
    assert told(widgets()) == []


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("group",), "shop", 'spec.group: Invalid value: "shop": should be a domain with at'),
        (("scope",), "Galaxy", 'spec.scope: Unsupported value: "Galaxy": supported values: '),
        (("names", "kind"), "", "spec.names.kind: Required value"),
        (("names", "listKind"), "Widget", 'spec.names.listKind: Invalid value: "Widget": kind'),
        (("names", "shortNames"), ["A"], 'spec.names.shortNames[0]: Invalid value: "A": a DNS-'),
        (("preserveUnknownFields",), True, "spec.preserveUnknownFields: Invalid value: true: "),
        (("conversion",), {"strategy": "Webhook"}, "spec.conversion.strategy: Forbidden: the em"),
        (("versions",), [], "spec.versions: Invalid value: null: must have exactly one version"),
    ],
)
def test_what_is_wrong_is_named(path: tuple[str, ...], value: Any, problem: str) -> None:
    definition = widgets()
    place = definition["spec"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert any(each.startswith(problem) for each in told(definition)), told(definition)


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"properties": {}}, f"{ROOT}.type: Required value: must not be empty for specified obj"),
        ({"type": "array"}, f"{ROOT}.items: Required value: must be specified"),
        ({"type": "odd"}, f'{ROOT}.type: Unsupported value: "odd": supported values: "array", '),
        ({"type": "object", "$ref": "#/x"}, f"{ROOT}.$ref: Forbidden: $ref is not supported"),
        (
            {"type": "object", "anyOf": [{"type": "object"}]},
            f"{ROOT}.anyOf[0].type: Forbidden: must be empty to be structural",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {
                "type": "string"}},
            f"{ROOT}.additionalProperties: Forbidden: additionalProperties and properties are mu",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "integer"}},
             "x-kubernetes-validations": [{"rule": "self.?a.hasValue()"}]},
            f'{ROOT}.x-kubernetes-validations[0].rule: Invalid value: {{"Rule":"self.?a.hasValue()',
        ),
        ({"type": "string", "pattern": "("}, f"{ROOT}.pattern: Invalid value: \"(\": must be a v"),
        ({"type": "integer", "default": "x"}, f'{ROOT}.default: Invalid value: "string":  in bo'),
        (
            {"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "map"},
            f"{ROOT}.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernet",
        ),
        (
            {"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "set"},
            f"{ROOT}.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of",
        ),
    ],
)  # fmt: skip
def test_a_schema_must_be_structural(schema: Object, problem: str) -> None:
    assert any(each.startswith(problem) for each in told(with_schema(schema))), told(
        with_schema(schema)
    )


def test_what_the_root_judges_must_be_declared() -> None:
    definition = widgets()
    root = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    root["not"] = {"properties": {"a": {"minLength": 1}}}
    path = "spec.validation.openAPIV3Schema"
    assert told(definition) == [
        f"{path}.properties[a]: Required value: because it is defined in {path}.not.properties[a]"
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"x-kubernetes-int-or-string": True},
        {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
        {"x-kubernetes-preserve-unknown-fields": True},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": [{"required": ["a"]}]},
        {"type": "array", "items": {"type": "object", "required": ["k"], "properties": {
            "k": {"type": "string"}}}, "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["k"]},
    ],
)  # fmt: skip
def test_what_is_structural_is_accepted(schema: Object) -> None:
    assert told(with_schema(schema)) == []


def test_group_plural_and_an_established_scope_can_not_change() -> None:
    old, new = widgets(), widgets()
    old["status"]["conditions"] = [{"type": "Established", "status": "True"}]
    new["spec"] |= {"scope": "Cluster", "group": "other.example.com"}
    assert told(new, old) == [
        'spec.scope: Invalid value: "Cluster": field is immutable',
        'spec.group: Invalid value: "other.example.com": field is immutable',
    ]


def test_a_version_with_stored_objects_must_stay() -> None:
    definition = widgets()
    definition["status"]["storedVersions"] = ["v1alpha1", "v1"]
    assert told(definition)[0].startswith('status.storedVersions[0]: Invalid value: "v1alpha1": mi')


def test_columns_and_scale_paths_are_checked() -> None:
    definition = widgets()
    version = definition["spec"]["versions"][0]
    version["additionalPrinterColumns"] = [{"name": "A", "type": "text", "jsonPath": "spec.a"}]
    version["subresources"]["scale"] = {"specReplicasPath": ".status.a", "statusReplicasPath": ""}
    version["selectableFields"] = [{"jsonPath": ".spec.size"}, {"jsonPath": ".spec.none"}]
    assert [each.split(": ")[0] for each in told(definition)] == [
        "spec.subresources.scale.specReplicasPath",
        "spec.subresources.scale.statusReplicasPath",
        "spec.additionalPrinterColumns[0].type",
        "spec.additionalPrinterColumns[0].JSONPath",
        "spec.selectableFields[1].jsonPath",
    ]

import pytest

from gitops_lab.apiserver.types import Registry, Resource, Schema
from gitops_lab.apiserver.validation import message, prune_unknown, unknown_fields, validate

REGISTRY = Registry.builtin()
DEPLOYMENTS = REGISTRY.lookup("apps", "v1", "deployments").schema

WIDGET = {
    "type": "object",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1, "maximum": 9},
                "color": {"type": "string", "enum": ["red", "blue"]},
                "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
                "when": {"type": "string", "format": "date-time"},
                "port": {"x-kubernetes-int-or-string": True},
                "note": {"type": "string", "nullable": True},
                "tags": {
                    "type": "array",
                    "maxItems": 3,
                    "x-kubernetes-list-type": "set",
                    "items": {"type": "string"},
                },
                "parts": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["id"],
                    "items": {"type": "object", "properties": {"id": {"type": "string"}}},
                },
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "choice": {
                    "type": "object",
                    "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                    "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
                },
            },
        }
    },
}
VERBS = ("create", "get", "list")


def problems(**spec):
    widget = {
        "apiVersion": "x.dev/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": {"size": 1, **spec},
    }
    schema = Schema.from_openapi(WIDGET)
    resource = Resource(
        "x.dev", "v1", "Widget", "widgets", "widget", True, VERBS, schema, custom=True
    )
    return [f"{each.field}: {message(each)}" for each in validate(widget, None, resource)]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"color": "red", "name": "abc", "port": 80, "note": None},
        {"port": "http", "when": "2024-01-01T00:00:00Z", "tags": ["a", "b"]},
        {"parts": [{"id": "a"}, {"id": "b"}], "free": {"x": [1, {"y": None}]}},
        {"choice": {"a": "x"}, "size": 2.0},
    ],
)
def test_what_fits_has_no_problems(spec):
    assert problems(**spec) == []


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            {"size": "3"},
            'spec.size: Invalid value: "string": spec.size in body must be of type integer: '
            '"string"',
        ),
        (
            {"size": 0},
            "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1",
        ),
        (
            {"size": 10},
            "spec.size: Invalid value: 10: spec.size in body should be less than or equal to 9",
        ),
        (
            {"color": "green"},
            'spec.color: Unsupported value: "green": supported values: "red", "blue"',
        ),
        (
            {"name": "A"},
            "spec.name: Invalid value: \"A\": spec.name in body should match '^[a-z]+$'",
        ),
        ({"name": "abcdef"}, "spec.name: Too long: may not be more than 5 bytes"),
        (
            {"when": "soon"},
            'spec.when: Invalid value: "soon": spec.when in body must be of type date-time: "soon"',
        ),
        (
            {"port": True},
            'spec.port: Invalid value: "boolean": spec.port in body must be of type '
            'integer,string: "boolean"',
        ),
        ({"tags": ["a", "a"]}, 'spec.tags[1]: Duplicate value: "a"'),
        ({"tags": ["a", "b", "c", "d"]}, "spec.tags: Too many: 4: must have at most 3 items"),
        ({"parts": [{"id": "a"}, {"id": "a"}]}, 'spec.parts[1]: Duplicate value: {"id":"a"}'),
        (
            {"choice": {"a": "x", "b": "y"}},
            '<nil>: Invalid value: "": "spec.choice" must validate one and only one schema '
            "(oneOf). Found 2 valid alternatives",
        ),
        (
            {"color": None},
            'spec.color: Invalid value: "null": spec.color in body must be of type string: "null"',
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_does_not_fit_is_told_with_its_path(spec, expected):
    assert problems(**spec) == [expected]


def test_of_alternatives_the_nearest_is_explained():
    assert problems(choice={}) == [
        '<nil>: Invalid value: "": "spec.choice" must validate one and only one schema (oneOf). '
        "Found none valid",
        "spec.choice.a: Required value",
    ]


def test_required_fields():
    schema = Schema.from_openapi(WIDGET)
    resource = Resource(
        "x.dev", "v1", "Widget", "widgets", "widget", True, VERBS, schema, custom=True
    )
    found = validate({"metadata": {"name": "w"}, "spec": {}}, None, resource)
    assert [f"{each.field}: {message(each)}" for each in found] == ["spec.size: Required value"]


def test_unknown_fields_are_named_with_their_path():
    obj = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "labels": {"any": "x"}, "color": "red"},
        "spec": {
            "replicass": 1,
            "template": {"spec": {"containers": [{"name": "a"}, {"name": "b", "img": "x"}]}},
        },
    }
    assert unknown_fields(obj, DEPLOYMENTS) == [
        'unknown field "metadata.color"',
        'unknown field "spec.replicass"',
        'unknown field "spec.template.spec.containers[1].img"',
    ]


def test_free_form_parts_have_no_unknown_fields():
    entry = {"manager": "m", "fieldsV1": {"f:anything": {"f:x": {}}}}
    assert unknown_fields({"metadata": {"managedFields": [entry]}}, DEPLOYMENTS) == []
    schema = Schema.from_openapi(WIDGET)
    assert unknown_fields({"spec": {"free": {"a": {"b": 1}}, "bogus": 1}}, schema) == [
        'unknown field "spec.bogus"'
    ]


def test_pruning_takes_unknown_fields_away_and_shares_the_rest():
    schema = Schema.from_openapi(WIDGET)
    whole = {"metadata": {"name": "w"}, "spec": {"size": 1, "free": {"x": 1}}}
    assert prune_unknown(whole, schema) is whole
    given = {"metadata": {"name": "w", "x": 1}, "spec": {"size": 1, "bogus": 1}, "extra": {}}
    assert prune_unknown(given, schema) == {"metadata": {"name": "w"}, "spec": {"size": 1}}
    assert "bogus" in given["spec"]

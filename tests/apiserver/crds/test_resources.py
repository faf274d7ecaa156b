from gitops_lab.apiserver.crds import custom_resources
from gitops_lab.apiserver.crds.names import accept_names
from gitops_lab.apiserver.defaults import default
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.apiserver.validation import prune_unknown, unknown_fields
from tests.apiserver.crds.definitions import Object, widgets


def resources(definition: Object) -> list[Resource]:
    definition["status"] = accept_names(definition, [], "2026-01-01T00:00:00Z")
    return custom_resources(definition)


def one(spec: Object) -> Object:
    kind = {"apiVersion": "shop.example.com/v1", "kind": "Widget"}
    return {**kind, "metadata": {"name": "one"}, "spec": spec}


def test_each_served_version_is_a_resource() -> None:
    definition = widgets()
    first = definition["spec"]["versions"][0]
    definition["spec"]["versions"] += [
        {**first, "name": "v2", "storage": False, "subresources": {}},
        {**first, "name": "v0", "storage": False, "served": False},
    ]
    found = resources(definition)
    assert [each.version for each in found] == ["v1", "v2"]
    assert [[sub.name for sub in each.subresources] for each in found] == [["status"], []]
    assert all(each.custom for each in found)


def test_scale_and_selectable_fields_are_carried() -> None:
    definition = widgets()
    version = definition["spec"]["versions"][0]
    version["subresources"]["scale"] = {
        "specReplicasPath": ".spec.size",
        "statusReplicasPath": ".status.size",
    }
    version["selectableFields"] = [{"jsonPath": ".spec.size"}]
    (found,) = resources(definition)
    assert found.scale_paths == (".spec.size", ".status.size", "")
    assert found.selectable_fields == (".spec.size",)
    assert [each.name for each in found.subresources] == ["status", "scale"]


def test_objects_are_pruned_and_defaulted_by_the_schema() -> None:
    (found,) = resources(widgets())
    obj = {**one({"colour": "red"}), "extra": 1}
    assert unknown_fields(obj, found.schema) == [
        'unknown field "spec.colour"',
        'unknown field "extra"',
    ]
    assert default(prune_unknown(obj, found.schema), found)["spec"] == {"size": 1}


def test_type_object_alone_keeps_nothing() -> None:
    definition = widgets()
    version = definition["spec"]["versions"][0]
    version["schema"]["openAPIV3Schema"]["properties"]["spec"] = {"type": "object"}
    (found,) = resources(definition)
    assert prune_unknown(one({"anything": 1}), found.schema)["spec"] == {}


def test_unknown_fields_are_kept_where_the_schema_says_so() -> None:
    definition = widgets()
    version = definition["spec"]["versions"][0]
    version["schema"]["openAPIV3Schema"]["properties"]["spec"] = {
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": True,
        "properties": {"known": {"type": "object", "properties": {"a": {"type": "string"}}}},
    }
    (found,) = resources(definition)
    spec = {"free": {"any": 1}, "known": {"a": "x", "b": 1}}
    assert prune_unknown(one(spec), found.schema)["spec"] == {
        "free": {"any": 1},
        "known": {"a": "x"},
    }


def test_an_embedded_object_has_metadata_of_the_real_type() -> None:
    definition = widgets()
    version = definition["spec"]["versions"][0]
    version["schema"]["openAPIV3Schema"]["properties"]["spec"] = {
        "type": "object",
        "x-kubernetes-embedded-resource": True,
        "properties": {"data": {"type": "string"}},
    }
    (found,) = resources(definition)
    inner = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a", "colour": 1}, "more": 1}
    pruned = prune_unknown(one(inner), found.schema)["spec"]
    assert pruned == {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}}

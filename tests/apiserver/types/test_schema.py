import pytest

from gitops_lab.apiserver.types import Registry, Schema, builtin_definitions


@pytest.fixture(scope="module")
def deployment():
    return Registry.builtin().lookup("apps", "v1", "deployments").schema


@pytest.fixture(scope="module")
def containers(deployment):
    template = deployment.fields["spec"].fields["template"]
    return template.fields["spec"].fields["containers"]


def test_list_and_patch_rules_stand_on_the_field(containers):
    assert containers.type == "array"
    assert containers.list_type == "map"
    assert containers.list_map_keys == ("name",)
    assert (containers.patch_strategy, containers.patch_merge_key) == ("merge", "name")


def test_defaults_of_openapi_v3_are_known(containers):
    port = containers.items.fields["ports"].items
    assert port.fields["protocol"].default == "TCP"
    assert port.fields["containerPort"].default == 0


def test_quantities_and_int_or_string_are_told_apart(containers):
    limits = containers.items.fields["resources"].fields["limits"]
    assert limits.values.quantity
    assert containers.items.fields["livenessProbe"].fields["httpGet"].fields["port"].int_or_string


def test_what_stands_beside_a_reference_overrides_its_target(deployment):
    selector = deployment.fields["spec"].fields["selector"]
    assert selector.map_type == "atomic"
    assert selector.name.endswith("LabelSelector")


def test_nodes_behind_a_reference_are_shared():
    definitions = builtin_definitions()
    assert definitions.schema("io.k8s.api.core.v1.PodSpec") is definitions.schema(
        "io.k8s.api.core.v1.PodSpec"
    )


def test_free_form_objects_are_open(deployment):
    managed = deployment.fields["metadata"].fields["managedFields"].items
    assert managed.fields["fieldsV1"].open
    assert not deployment.open


def test_the_openapi_document_is_version_three():
    document = builtin_definitions().openapi("io.k8s.api.apps.v1.Deployment")
    assert document["properties"]["kind"]["type"] == "string"
    assert "enum" not in document["properties"]["kind"]
    spec = document["properties"]["spec"]
    assert spec["allOf"] == [{"$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"}]
    assert spec["default"] == {}
    assert document["description"].startswith("Deployment enables")


def test_definitions_name_what_they_refer_to():
    names = builtin_definitions().references("io.k8s.api.apps.v1.DeploymentSpec")
    assert "io.k8s.api.core.v1.PodTemplateSpec" in names


def test_a_schema_is_built_from_a_plain_dict():
    schema = Schema.from_openapi(
        {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "default": 3},
                "port": {"x-kubernetes-int-or-string": True},
                "notes": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        }
    )
    assert schema.required == ("size",)
    assert schema.fields["size"].default == 3
    assert schema.fields["port"].int_or_string
    assert schema.fields["notes"].open
    assert schema.fields["labels"].at("any").type == "string"
    assert schema.at("other") is None

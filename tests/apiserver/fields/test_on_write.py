import copy

import pytest

from gitops_lab.apiserver.defaults import default
from gitops_lab.apiserver.fields import on_write
from gitops_lab.apiserver.types import Registry, Resource, Schema

REGISTRY = Registry.builtin()
T0, T1, T2 = "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", "2024-01-01T00:00:02Z"


def resource_of(obj) -> Resource:
    group, _, version = obj["apiVersion"].rpartition("/")
    return REGISTRY.by_kind(group, version, obj["kind"])


def write(old, new, manager="kubectl", now=T0, subresource=""):
    resource = resource_of(new)
    return on_write(
        old,
        default(new, resource),
        manager=manager,
        subresource=subresource,
        schema=resource.schema,
        now=now,
        api_version=resource.api_version,
    )


def entries(obj):
    return {
        (e["manager"], e["operation"], e.get("subresource", "")): e
        for e in obj["metadata"].get("managedFields", [])
    }


def owned(obj, manager, subresource=""):
    return entries(obj)[manager, "Update", subresource]["fieldsV1"]


def stored(obj, uid="1"):
    obj["metadata"]["uid"] = uid
    return obj


def config_map(**data):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "default"},
        "data": data,
    }


def deployment():
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [
                        {"name": "web", "image": "web:1", "ports": [{"containerPort": 80}]}
                    ]
                },
            },
        },
    }


def test_create_records_the_whole_entry():
    created = write(None, config_map(a="1"))
    assert created["metadata"]["managedFields"] == [
        {
            "apiVersion": "v1",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:data": {".": {}, "f:a": {}}},
            "manager": "kubectl",
            "operation": "Update",
            "time": T0,
        }
    ]


def test_a_created_deployment_is_owned_as_the_genuine_server_says():
    created = write(None, deployment(), manager="kubectl-create")
    container = {
        ".": {},
        "f:image": {},
        "f:imagePullPolicy": {},
        "f:name": {},
        "f:ports": {
            ".": {},
            'k:{"containerPort":80,"protocol":"TCP"}': {
                ".": {},
                "f:containerPort": {},
                "f:protocol": {},
            },
        },
        "f:resources": {},
        "f:terminationMessagePath": {},
        "f:terminationMessagePolicy": {},
    }
    assert owned(created, "kubectl-create") == {
        "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
        "f:spec": {
            "f:progressDeadlineSeconds": {},
            "f:replicas": {},
            "f:revisionHistoryLimit": {},
            "f:selector": {},
            "f:strategy": {
                "f:rollingUpdate": {".": {}, "f:maxSurge": {}, "f:maxUnavailable": {}},
                "f:type": {},
            },
            "f:template": {
                "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                "f:spec": {
                    "f:containers": {'k:{"name":"web"}': container},
                    "f:dnsPolicy": {},
                    "f:restartPolicy": {},
                    "f:schedulerName": {},
                    "f:securityContext": {},
                    "f:terminationGracePeriodSeconds": {},
                },
            },
        },
    }


def test_a_changed_field_goes_to_its_writer():
    first = stored(write(None, config_map(a="1", b="1")))
    changed = copy.deepcopy(first)
    changed["data"] = {"a": "2", "b": "1", "c": "1"}
    second = write(first, changed, manager="editor", now=T1)
    assert owned(second, "kubectl") == {"f:data": {".": {}, "f:b": {}}}
    assert owned(second, "editor") == {"f:data": {"f:a": {}, "f:c": {}}}
    assert entries(second)["editor", "Update", ""]["time"] == T1
    assert entries(second)["kubectl", "Update", ""]["time"] == T0


def test_a_removed_field_belongs_to_nobody():
    first = stored(write(None, config_map(a="1", b="1")))
    changed = copy.deepcopy(first)
    del changed["data"]["a"]
    second = write(first, changed, manager="editor", now=T1)
    assert owned(second, "kubectl") == {"f:data": {".": {}, "f:b": {}}}
    assert len(entries(second)) == 1


def test_a_manager_that_owns_nothing_more_is_gone():
    first = stored(write(None, config_map(a="1")))
    changed = {k: v for k, v in copy.deepcopy(first).items() if k != "data"}
    second = write(first, changed, manager="editor", now=T1)
    assert "managedFields" not in second["metadata"]


def test_nothing_changes_when_nothing_is_written():
    first = stored(write(None, config_map(a="1")))
    assert write(first, copy.deepcopy(first), manager="other", now=T1) == first


def test_writing_again_keeps_one_entry_with_the_new_time():
    first = stored(write(None, config_map(a="1")))
    changed = copy.deepcopy(first)
    changed["data"]["b"] = "2"
    second = write(first, changed, now=T1)
    assert list(entries(second)) == [("kubectl", "Update", "")]
    assert owned(second, "kubectl") == {"f:data": {".": {}, "f:a": {}, "f:b": {}}}
    assert second["metadata"]["managedFields"][0]["time"] == T1


def test_status_written_through_its_subresource_is_an_entry_of_its_own():
    first = stored(write(None, deployment()))
    changed = copy.deepcopy(first)
    changed["status"] = {"replicas": 1, "observedGeneration": 1}
    changed["spec"]["replicas"] = 7
    second = write(first, changed, manager="kcm", now=T1, subresource="status")
    entry = entries(second)["kcm", "Update", "status"]
    assert entry["subresource"] == "status"
    assert entry["fieldsV1"] == {"f:status": {"f:observedGeneration": {}, "f:replicas": {}}}


def test_status_written_through_the_main_door_is_owned_by_nobody():
    obj = {**deployment(), "status": {"replicas": 3}}
    assert "f:status" not in owned(write(None, obj), "kubectl")


def test_what_the_server_sets_is_owned_by_nobody():
    obj = config_map(a="1")
    obj["metadata"].update(uid="1", resourceVersion="3", generation=2, creationTimestamp=T0)
    assert owned(write(None, obj), "kubectl") == {"f:data": {".": {}, "f:a": {}}}


def test_finalizers_and_owner_references_are_merged_by_value_and_uid():
    obj = config_map()
    reference = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}
    obj["metadata"] |= {"finalizers": ["x/y"], "ownerReferences": [reference]}
    assert owned(write(None, obj), "kubectl") == {
        "f:metadata": {
            "f:finalizers": {".": {}, 'v:"x/y"': {}},
            "f:ownerReferences": {".": {}, 'k:{"uid":"u"}': {}},
        }
    }


@pytest.mark.parametrize("reset", [[], [{}]], ids=["empty-list", "empty-entry"])
def test_a_client_may_reset_the_managers(reset):
    first = stored(write(None, config_map(a="1")))
    changed = copy.deepcopy(first)
    changed["metadata"]["managedFields"] = reset
    second = write(first, changed, manager="reset", now=T1)
    assert "managedFields" not in second["metadata"]


def test_a_client_may_edit_the_managers_but_not_through_a_subresource():
    first = stored(write(None, config_map(a="1")))
    changed = copy.deepcopy(first)
    changed["metadata"]["managedFields"][0]["manager"] = "renamed"
    assert list(entries(write(first, changed, now=T1))) == [("renamed", "Update", "")]
    through = write(first, changed, now=T1, subresource="status")
    assert list(entries(through)) == [("kubectl", "Update", "")]


def test_invalid_managers_fall_back_to_the_stored_ones():
    first = stored(write(None, config_map(a="1")))
    changed = copy.deepcopy(first)
    changed["metadata"]["managedFields"][0]["operation"] = "Guess"
    assert list(entries(write(first, changed, now=T1))) == [("kubectl", "Update", "")]


def test_an_object_without_managers_stays_untracked():
    first = stored(default(config_map(a="1"), REGISTRY.lookup("", "v1", "configmaps")))
    second = write(first, config_map(a="2"), manager="editor")
    assert "managedFields" not in second["metadata"]


def test_more_than_ten_updaters_are_merged_oldest_first():
    obj = stored(write(None, config_map(a="0"), manager="m00"))
    for number in range(1, 12):
        changed = copy.deepcopy(obj)
        changed["data"][f"k{number}"] = "1"
        now = f"2024-01-01T00:00:{number:02}Z"
        obj = write(obj, changed, manager=f"m{number:02}", now=now)
    names = [e["manager"] for e in obj["metadata"]["managedFields"]]
    assert len(names) == 10
    assert names[0] == "ancient-changes"
    assert owned(obj, "ancient-changes") == {"f:data": {".": {}, "f:a": {}, "f:k1": {}, "f:k2": {}}}


def test_a_writer_without_a_name_is_unknown():
    assert list(entries(write(None, config_map(a="1"), manager=""))) == [("unknown", "Update", "")]


def test_a_custom_resource_has_no_structs_that_were_always_there():
    schema = Schema.from_openapi(
        {
            "type": "object",
            "properties": {
                "metadata": {"type": "object"},
                "spec": {
                    "type": "object",
                    "properties": {
                        "size": {"type": "integer"},
                        "tags": {"type": "array", "items": {"type": "string"}},
                        "names": {
                            "type": "array",
                            "x-kubernetes-list-type": "set",
                            "items": {"type": "string"},
                        },
                    },
                },
            },
        }
    )
    obj = {
        "apiVersion": "x.dev/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": {"size": 1, "tags": ["a"], "names": ["b"]},
    }
    created = on_write(None, obj, manager="k", schema=schema, now=T0, api_version="x.dev/v1")
    assert created["metadata"]["managedFields"][0]["fieldsV1"] == {
        "f:spec": {".": {}, "f:names": {".": {}, 'v:"b"': {}}, "f:size": {}, "f:tags": {}}
    }


def test_the_inputs_stay_as_they_are():
    first = stored(write(None, config_map(a="1")))
    changed = copy.deepcopy(first)
    changed["data"]["a"] = "2"
    before = copy.deepcopy((first, changed))
    write(first, changed, manager="editor", now=T1)
    assert (first, changed) == before

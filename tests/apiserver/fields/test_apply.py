import copy

import pytest

from gitops_lab.apiserver.defaults import default
from gitops_lab.apiserver.fields import ApplyConflict, ApplyError, apply, on_write
from gitops_lab.apiserver.types import Registry, Schema

REGISTRY = Registry.builtin()
T0, T1, T2 = "2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", "2024-01-01T00:00:02Z"


def resource_of(obj):
    group, _, version = obj["apiVersion"].rpartition("/")
    return REGISTRY.by_kind(group, version, obj["kind"])


def apply_as(live, config, manager="alice", *, force=False, now=T0, subresource=""):
    resource = resource_of(config)
    merged = apply(
        live,
        config,
        manager=manager,
        force=force,
        schema=resource.schema,
        subresource=subresource,
        now=now,
    )
    if merged is live:
        return live
    result = default(merged, resource)
    result["metadata"]["uid"] = "1"
    return result


def update_as(live, manager, now=T1, subresource="", **changes):
    new = copy.deepcopy(live)
    for path, value in changes.items():
        target = new
        *above, last = path.split("__")
        for key in above:
            target = target.setdefault(key, {})
        target[last] = value
    resource = resource_of(new)
    return on_write(
        live,
        default(new, resource),
        manager=manager,
        schema=resource.schema,
        now=now,
        api_version=resource.api_version,
        subresource=subresource,
    )


def entry(obj, manager, operation="Apply"):
    for each in obj["metadata"].get("managedFields", []):
        if (each["manager"], each["operation"]) == (manager, operation):
            return each
    return None


def fields(obj, manager, operation="Apply"):
    found = entry(obj, manager, operation)
    return found and found["fieldsV1"]


def config_map(**data):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "default"},
        "data": data,
    }


def deployment(*containers, replicas=None, labels=None):
    spec = {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": list(containers) or [{"name": "web", "image": "web:1"}]},
        },
    }
    if replicas is not None:
        spec["replicas"] = replicas
    metadata = {"name": "web", "namespace": "default"}
    if labels:
        metadata["labels"] = labels
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def service(*ports):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s", "namespace": "default"},
        "spec": {"ports": list(ports)},
    }


def test_a_first_apply_owns_what_it_says_and_not_the_defaults():
    live = apply_as(None, deployment())
    assert live["spec"]["replicas"] == 1
    assert entry(live, "alice") == {
        "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {
            "f:spec": {
                "f:selector": {},
                "f:template": {
                    "f:metadata": {"f:labels": {"f:app": {}}},
                    "f:spec": {
                        "f:containers": {'k:{"name":"web"}': {".": {}, "f:image": {}, "f:name": {}}}
                    },
                },
            }
        },
        "manager": "alice",
        "operation": "Apply",
        "time": T0,
    }


def test_applying_the_same_again_returns_the_live_object_itself():
    live = apply_as(None, config_map(a="1"))
    assert apply_as(live, config_map(a="1"), now=T1) is live


def test_a_field_that_is_no_longer_applied_is_removed():
    live = apply_as(None, config_map(a="1", b="2"))
    live = apply_as(live, config_map(a="1"), now=T1)
    assert live["data"] == {"a": "1"}
    assert fields(live, "alice") == {"f:data": {"f:a": {}}}
    assert entry(live, "alice")["time"] == T1


def test_the_last_field_takes_its_map_along():
    live = apply_as(None, config_map(a="1"))
    config = config_map()
    del config["data"]
    live = apply_as(live, config, now=T1)
    assert "data" not in live
    assert "managedFields" not in live["metadata"]


def test_a_field_that_another_applier_owns_too_stays():
    live = apply_as(None, config_map(a="1", b="2"), "alice")
    live = apply_as(live, config_map(b="2"), "bob")
    live = apply_as(live, config_map(a="1"), "alice", now=T1)
    assert live["data"] == {"a": "1", "b": "2"}
    live = apply_as(live, config_map(), "bob", now=T2)
    assert live["data"] == {"a": "1"}


def test_a_field_that_an_updater_took_over_stays():
    live = apply_as(None, config_map(a="1", b="2"))
    live = update_as(live, "editor", data__b="3")
    live = apply_as(live, config_map(a="1"), now=T2)
    assert live["data"] == {"a": "1", "b": "3"}


def test_two_managers_with_the_same_value_share_the_field():
    live = apply_as(None, config_map(a="1"), "alice")
    live = apply_as(live, config_map(a="1"), "bob", now=T1)
    assert fields(live, "alice") == fields(live, "bob") == {"f:data": {"f:a": {}}}


def test_another_value_is_a_conflict_that_names_the_manager_and_the_field():
    live = apply_as(None, config_map(a="1"), "alice")
    with pytest.raises(ApplyConflict) as caught:
        apply_as(live, config_map(a="2"), "bob")
    assert caught.value.conflicts == [('"alice"', ".data.a")]


def test_conflicts_with_updaters_say_their_version():
    live = apply_as(None, deployment())
    live = update_as(live, "scaler", spec__replicas=5)
    with pytest.raises(ApplyConflict) as caught:
        apply_as(live, deployment(replicas=2), "bob")
    assert caught.value.conflicts == [('"scaler" using apps/v1', ".spec.replicas")]


def test_conflicts_with_a_subresource_say_so():
    live = apply_as(None, deployment())
    live = update_as(live, "kcm", subresource="scale", spec__replicas=5)
    with pytest.raises(ApplyConflict) as caught:
        apply_as(live, deployment(replicas=2), "bob")
    text = '"kcm" with subresource "scale" using apps/v1'
    assert caught.value.conflicts == [(text, ".spec.replicas")]


def test_conflicts_inside_a_list_name_the_element():
    live = apply_as(None, deployment(), "alice")
    with pytest.raises(ApplyConflict) as caught:
        apply_as(live, deployment({"name": "web", "image": "web:2"}), "bob")
    path = '.spec.template.spec.containers[name="web"].image'
    assert caught.value.conflicts == [('"alice"', path)]


def test_force_takes_the_field_from_its_owner():
    live = apply_as(None, config_map(a="1", b="1"), "alice")
    live = apply_as(live, config_map(a="2"), "bob", force=True, now=T1)
    assert live["data"] == {"a": "2", "b": "1"}
    assert fields(live, "bob") == {"f:data": {"f:a": {}}}
    assert fields(live, "alice") == {"f:data": {"f:b": {}}}


def test_lists_with_keys_are_merged_by_element():
    live = apply_as(None, deployment({"name": "web", "image": "web:1"}), "alice")
    sidecar = deployment({"name": "log", "image": "log:1"})
    live = apply_as(live, sidecar, "bob")
    names = [c["name"] for c in live["spec"]["template"]["spec"]["containers"]]
    assert sorted(names) == ["log", "web"]
    live = apply_as(live, deployment({"name": "web", "image": "web:2"}), "alice", now=T1)
    images = [c["image"] for c in live["spec"]["template"]["spec"]["containers"]]
    assert sorted(images) == ["log:1", "web:2"]


def test_an_element_that_is_no_longer_applied_goes_with_its_defaults():
    live = apply_as(None, deployment({"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}))
    live = apply_as(live, deployment({"name": "a", "image": "a:1"}), now=T1)
    assert [c["name"] for c in live["spec"]["template"]["spec"]["containers"]] == ["a"]


def test_elements_keep_the_order_of_the_configuration():
    first = deployment(*({"name": n, "image": "x:1"} for n in "abc"))
    live = apply_as(None, first)
    second = deployment(*({"name": n, "image": "x:1"} for n in "dcab"))
    live = apply_as(live, second, now=T1)
    names = [c["name"] for c in live["spec"]["template"]["spec"]["containers"]]
    assert names == ["d", "c", "a", "b"]


def test_a_missing_key_means_its_default():
    live = apply_as(None, service({"port": 80, "name": "x"}))
    live = apply_as(live, service({"port": 80, "name": "x", "protocol": "TCP"}), now=T1)
    assert len(live["spec"]["ports"]) == 1
    assert list(fields(live, "alice")["f:spec"]["f:ports"]) == ['k:{"port":80,"protocol":"TCP"}']


def test_sets_are_merged_by_value():
    def with_finalizers(*names):
        config = config_map(a="1")
        config["metadata"]["finalizers"] = list(names)
        return config

    live = apply_as(None, with_finalizers("x/a", "x/b"), "alice")
    live = apply_as(live, with_finalizers("x/c"), "bob")
    assert sorted(live["metadata"]["finalizers"]) == ["x/a", "x/b", "x/c"]
    live = apply_as(live, with_finalizers("x/b"), "alice", now=T1)
    assert sorted(live["metadata"]["finalizers"]) == ["x/b", "x/c"]


def test_atomic_maps_are_one_field():
    live = apply_as(None, service({"port": 80}), "alice")
    config = service({"port": 80})
    config["spec"]["selector"] = {"app": "a"}
    live = apply_as(live, config, "alice", now=T1)
    other = service({"port": 80})
    other["spec"]["selector"] = {"app": "b"}
    with pytest.raises(ApplyConflict) as caught:
        apply_as(live, other, "bob")
    assert caught.value.conflicts == [('"alice"', ".spec.selector")]


def test_unowned_fields_are_taken_without_conflict():
    live = apply_as(None, deployment(), "alice")
    live = apply_as(live, deployment(replicas=3), "alice", now=T1)
    assert live["spec"]["replicas"] == 3


def test_leaving_a_defaulted_field_out_again_lets_it_be_defaulted():
    live = apply_as(None, deployment(replicas=3))
    live = apply_as(live, deployment(), now=T1)
    assert live["spec"]["replicas"] == 1


def test_the_version_of_the_applier_does_not_split_its_entry():
    live = apply_as(None, config_map(a="1"))
    live["metadata"]["managedFields"][0]["apiVersion"] = "v1beta1"
    live = apply_as(live, config_map(a="2"), now=T1)
    assert len(live["metadata"]["managedFields"]) == 1
    assert entry(live, "alice")["apiVersion"] == "v1"


def test_appliers_come_before_updaters():
    live = apply_as(None, config_map(a="1"), "zoe", now=T2)
    live = update_as(live, "abe", now=T0, data__b="1")
    assert [e["manager"] for e in live["metadata"]["managedFields"]] == ["zoe", "abe"]


def test_what_was_there_before_the_first_apply_has_a_manager_of_its_own():
    live = default(config_map(a="1", b="2"), REGISTRY.lookup("", "v1", "configmaps"))
    live["metadata"]["uid"] = "1"
    with pytest.raises(ApplyConflict) as caught:
        apply_as(live, config_map(a="2"))
    assert caught.value.conflicts == [('"before-first-apply" using v1', ".data.a")]
    live = apply_as(live, config_map(a="1"))
    assert fields(live, "before-first-apply", "Update") == {
        "f:data": {".": {}, "f:a": {}, "f:b": {}}
    }


def test_kubectl_takes_over_from_its_own_client_side_apply():
    annotation = "kubectl.kubernetes.io/last-applied-configuration"
    obj = config_map(a="1")
    text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"a":"1"}}'
    obj["metadata"]["annotations"] = {annotation: text}
    resource = REGISTRY.lookup("", "v1", "configmaps")
    live = on_write(
        None,
        default(obj, resource),
        manager="kubectl-client-side-apply",
        schema=resource.schema,
        now=T0,
        api_version="v1",
    )
    live["metadata"]["uid"] = "1"
    with pytest.raises(ApplyConflict):
        apply_as(live, config_map(a="2"), "other")
    after = apply_as(live, config_map(a="2"), "kubectl", now=T1)
    assert after["data"] == {"a": "2"}
    assert after["metadata"]["annotations"][annotation].endswith('"namespace":"default"}}\n')


def test_status_in_a_configuration_is_owned_by_nobody_at_the_main_door():
    config = deployment()
    config["status"] = {"replicas": 3}
    assert "f:status" not in fields(apply_as(None, config), "alice")


def test_a_status_applied_at_its_own_door_owns_the_status_alone():
    live = apply_as(None, deployment(), "alice")
    config = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "status": {"replicas": 1, "conditions": [{"type": "Available", "status": "True"}]},
    }
    live = apply_as(live, config, "kcm", subresource="status", now=T1)
    found = entry(live, "kcm")
    assert found["subresource"] == "status"
    assert found["fieldsV1"] == {
        "f:status": {
            "f:conditions": {'k:{"type":"Available"}': {".": {}, "f:status": {}, "f:type": {}}},
            "f:replicas": {},
        }
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bogus": 1}, ".spec.bogus: field not declared in schema"),
        ({"replicas": "3"}, ".spec.replicas: expected numeric (int or float), got string"),
    ],
    ids=["unknown", "type"],
)
def test_a_configuration_that_does_not_fit_is_refused(change, message):
    config = deployment()
    config["spec"].update(change)
    with pytest.raises(ApplyError) as caught:
        apply_as(None, config)
    assert caught.value.message == (
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): " + message
    )


def test_repeated_elements_in_a_configuration_are_refused():
    twice = deployment({"name": "a", "image": "a:1"}, {"name": "a", "image": "a:2"})
    with pytest.raises(ApplyError, match=r'duplicate entries for key \[name="a"\]'):
        apply_as(None, twice)


def test_free_form_custom_resources_are_merged_by_key_with_atomic_lists():
    schema = Schema.from_openapi({"type": "object", "x-kubernetes-preserve-unknown-fields": True})

    def widget(**spec):
        return {
            "apiVersion": "x.dev/v1",
            "kind": "Widget",
            "metadata": {"name": "w"},
            "spec": spec,
        }

    def by(live, config, manager):
        return apply(live, config, manager=manager, force=False, schema=schema, now=T0)

    live = by(None, widget(a={"x": 1}, list=[1, 2]), "alice")
    assert live["metadata"]["managedFields"][0]["fieldsV1"] == {
        "f:spec": {".": {}, "f:a": {".": {}, "f:x": {}}, "f:list": {}}
    }
    live = by(live, widget(a={"y": 2}), "bob")
    assert live["spec"] == {"a": {"x": 1, "y": 2}, "list": [1, 2]}
    with pytest.raises(ApplyConflict) as caught:
        by(live, widget(list=[1]), "bob")
    assert caught.value.conflicts == [('"alice"', ".spec.list")]


def test_the_inputs_stay_as_they_are():
    live = apply_as(None, deployment({"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}))
    config = deployment({"name": "a", "image": "a:2"})
    before = copy.deepcopy((live, config))
    apply_as(live, config, now=T1)
    assert (live, config) == before

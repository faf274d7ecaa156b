import pytest

from gitops_lab.apiserver.fields import ApplyConflict
from tests.apiserver.fields.objects import (
    T0,
    T1,
    T2,
    apply_as,
    config_map,
    deployment,
    entry,
    fields,
    service,
    update_as,
)


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

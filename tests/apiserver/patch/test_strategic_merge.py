import pytest

from gitops_lab.apiserver.patch import PatchError, strategic_merge
from gitops_lab.apiserver.types import Registry


@pytest.fixture(scope="module")
def schemas():
    return Registry.builtin()


def pod(*containers, **spec):
    return {"spec": {"containers": list(containers), **spec}}


@pytest.fixture
def merge_pod(schemas):
    schema = schemas.lookup("", "v1", "pods").schema
    return lambda doc, patch: strategic_merge(doc, patch, schema)["spec"]


def test_containers_are_merged_by_name(merge_pod):
    doc = pod({"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"})
    spec = merge_pod(doc, pod({"name": "b", "image": "b:2"}))
    assert spec["containers"] == [
        {"name": "a", "image": "a:1"},
        {"name": "b", "image": "b:2"},
    ]
    assert doc["spec"]["containers"][1]["image"] == "b:1"


def test_a_new_element_comes_before_the_servers_own_unless_its_order_is_known(merge_pod):
    doc = pod({"name": "a"}, {"name": "b"})
    spec = merge_pod(doc, pod({"name": "new"}))
    assert [c["name"] for c in spec["containers"]] == ["new", "a", "b"]


def test_set_element_order_arranges_the_list(merge_pod):
    doc = pod({"name": "a"}, {"name": "b"}, {"name": "injected"})
    patch = {
        "spec": {
            "$setElementOrder/containers": [{"name": "b"}, {"name": "c"}, {"name": "a"}],
            "containers": [{"name": "c", "image": "c:1"}],
        }
    }
    names = [c["name"] for c in merge_pod(doc, patch)["containers"]]
    assert names == ["b", "c", "a", "injected"]


def test_set_element_order_alone_rearranges(merge_pod):
    doc = pod({"name": "a"}, {"name": "b"})
    patch = {"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}}
    assert [c["name"] for c in merge_pod(doc, patch)["containers"]] == ["b", "a"]


def test_an_element_can_be_deleted_by_its_key(merge_pod):
    doc = pod({"name": "a"}, {"name": "b"})
    spec = merge_pod(doc, pod({"$patch": "delete", "name": "a"}))
    assert spec["containers"] == [{"name": "b"}]


def test_a_list_can_be_replaced_as_a_whole(merge_pod):
    doc = pod({"name": "a"}, {"name": "b"})
    spec = merge_pod(doc, pod({"$patch": "replace"}, {"name": "c"}))
    assert spec["containers"] == [{"name": "c"}]


def test_an_object_can_be_replaced_or_deleted_by_directive(schemas):
    schema = schemas.lookup("apps", "v1", "deployments").schema
    doc = {"metadata": {"labels": {"a": "1"}}, "spec": {"selector": {"matchLabels": {"a": "1"}}}}
    patch = {"metadata": {"labels": {"$patch": "replace", "b": "2"}}}
    assert strategic_merge(doc, patch, schema)["metadata"]["labels"] == {"b": "2"}
    patch = {"metadata": {"labels": {"$patch": "delete"}}}
    assert strategic_merge(doc, patch, schema)["metadata"]["labels"] == {}


def test_primitive_lists_with_merge_strategy_are_united_and_shortened(schemas):
    schema = schemas.lookup("", "v1", "pods").schema
    doc = {"metadata": {"finalizers": ["a", "b"]}}
    added = strategic_merge(doc, {"metadata": {"finalizers": ["c"]}}, schema)
    assert sorted(added["metadata"]["finalizers"]) == ["a", "b", "c"]
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}
    assert strategic_merge(doc, patch, schema)["metadata"]["finalizers"] == ["b"]


def test_lists_without_strategy_are_replaced(merge_pod):
    doc = pod({"name": "a", "command": ["x", "y"]})
    spec = merge_pod(doc, pod({"name": "a", "command": ["z"]}))
    assert spec["containers"][0]["command"] == ["z"]


def test_null_deletes_a_field(merge_pod):
    doc = pod({"name": "a", "image": "x"}, hostNetwork=True)
    spec = merge_pod(doc, {"spec": {"hostNetwork": None}})
    assert "hostNetwork" not in spec


def test_nulls_inside_a_new_object_are_dropped(merge_pod):
    spec = merge_pod(pod(), {"spec": {"securityContext": {"runAsUser": None, "fsGroup": 1}}})
    assert spec["securityContext"] == {"fsGroup": 1}


def test_retain_keys_drops_the_rest_of_a_union(merge_pod):
    doc = {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}
    patch = {
        "spec": {
            "volumes": [
                {"$retainKeys": ["name", "configMap"], "name": "v", "configMap": {"name": "c"}}
            ]
        }
    }
    assert merge_pod(doc, patch)["volumes"] == [{"name": "v", "configMap": {"name": "c"}}]


def test_retain_keys_must_name_what_the_patch_sets(merge_pod):
    patch = {"spec": {"$retainKeys": ["a"], "hostNetwork": True}}
    with pytest.raises(PatchError, match="retainKeys"):
        merge_pod(pod(), patch)


def test_an_element_without_its_merge_key_is_refused(merge_pod):
    with pytest.raises(PatchError, match="does not contain declared merge key: name"):
        merge_pod(pod({"name": "a"}), pod({"image": "x"}))


def test_an_unknown_directive_is_refused(merge_pod):
    with pytest.raises(PatchError, match="Unknown patch type"):
        merge_pod(pod(), {"spec": {"$patch": "explode"}})


def test_a_patch_that_contradicts_its_order_is_refused(merge_pod):
    patch = {
        "spec": {
            "$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
            "containers": [{"name": "b"}, {"name": "a"}],
        }
    }
    with pytest.raises(PatchError, match="doesn't match"):
        merge_pod(pod({"name": "a"}, {"name": "b"}), patch)


def test_a_service_port_is_merged_by_its_number(schemas):
    schema = schemas.lookup("", "v1", "services").schema
    doc = {"spec": {"ports": [{"port": 80, "name": "http"}, {"port": 443}]}}
    merged = strategic_merge(doc, {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}, schema)
    assert merged["spec"]["ports"] == [
        {"port": 80, "name": "http", "targetPort": 8080},
        {"port": 443},
    ]

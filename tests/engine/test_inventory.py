from gitops_lab.engine.inventory import Entry, from_list, missing_from, to_list, union
from gitops_lab.kube import ObjectKey

NAMESPACE = Entry(ObjectKey("", "Namespace", "", "web"), "v1")
DEPLOYMENT = Entry(ObjectKey("apps", "Deployment", "web", "web"), "v1")
SERVICE = Entry(ObjectKey("", "Service", "web", "web"), "v1")


def test_what_left_git_is_deleted_in_reverse_order() -> None:
    old = union([DEPLOYMENT, NAMESPACE], [SERVICE])

    assert old == (NAMESPACE, SERVICE, DEPLOYMENT)
    assert missing_from(old, [SERVICE]) == (DEPLOYMENT, NAMESPACE)


def test_a_new_version_of_a_kind_is_the_same_object() -> None:
    newer = Entry(DEPLOYMENT.key, "v2")

    assert union([DEPLOYMENT], [newer]) == (newer,)
    assert missing_from([DEPLOYMENT], [newer]) == ()


def test_the_inventory_survives_the_status() -> None:
    inventory = (NAMESPACE, DEPLOYMENT)

    assert from_list(to_list(inventory)) == inventory
    assert from_list([{"junk": 1}]) == ()
    assert DEPLOYMENT.api_version == "apps/v1"


def test_objects_that_differ_by_name_only_share_a_row_in_the_status() -> None:
    others = [Entry(ObjectKey("", "ConfigMap", "web", f"c{n}"), "v1") for n in range(1000)]
    inventory = union([NAMESPACE, DEPLOYMENT], others)

    assert [len(row["names"]) for row in to_list(inventory)] == [1, 1000, 1]
    assert from_list(to_list(inventory)) == inventory


def test_the_first_form_with_one_object_a_row_is_still_read() -> None:
    rows = [
        {"version": "v1", "kind": "Namespace", "name": "web"},
        {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "web", "name": "web"},
    ]

    assert from_list(rows) == (NAMESPACE, DEPLOYMENT)

from gitops_lab.engine.managed import extract, fingerprint, last_writer, writer_of
from tests.engine.objects import MANAGER, config_map, managed

FIELDS = {"f:data": {"f:a": {}}}


def test_extract_takes_items_of_keyed_lists_and_sets() -> None:
    value = {
        "ports": [{"port": 80, "protocol": "TCP", "name": "http"}, {"port": 81}],
        "finalizers": ["x", "y"],
    }
    fields = {
        "f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}},
        "f:finalizers": {'v:"y"': {}},
    }

    assert extract(value, fields) == {"ports": [{"port": 80}], "finalizers": ["y"]}


def test_the_fingerprint_holds_while_others_write_their_own_fields() -> None:
    ours = managed(config_map("x", {"a": "1"}), FIELDS)
    theirs = managed(
        config_map("x", {"a": "1", "b": "2"}),
        {"f:data": {"f:b": {}}},
        "kubectl",
        operation="Update",
    )
    theirs["metadata"]["managedFields"] += ours["metadata"]["managedFields"]

    assert fingerprint(ours, MANAGER) == fingerprint(theirs, MANAGER)


def test_the_fingerprint_changes_with_a_value_and_with_an_owner() -> None:
    ours = managed(config_map("x", {"a": "1"}), FIELDS)
    changed = managed(config_map("x", {"a": "2"}), FIELDS)
    taken = managed(config_map("x", {"a": "1"}), {"f:data": {}})

    assert len({fingerprint(obj, MANAGER) for obj in (ours, changed, taken)}) == 3


def test_the_writer_of_a_field_is_the_latest_that_owns_it() -> None:
    obj = managed(
        managed(config_map("x", {"a": "1"}), FIELDS, "old", time="2026-01-01T00:00:00Z"),
        FIELDS,
        "kubectl-edit",
        operation="Update",
        time="2026-02-01T00:00:00Z",
    )

    writer = writer_of(obj, ("data", "a"))

    assert writer is not None
    assert str(writer) == "kubectl-edit (Update at 2026-02-01T00:00:00Z)"
    assert writer_of(obj, ("data", "b")) is None


def test_the_writer_of_a_field_in_a_keyed_list() -> None:
    fields = {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:image": {}}}}}
    obj = managed({"metadata": {"name": "p"}}, fields, "kubectl-set")

    writer = writer_of(obj, ("spec", "containers", "[name=web]", "image"))

    assert writer is not None
    assert writer.manager == "kubectl-set"


def test_status_writes_are_not_what_a_person_did() -> None:
    obj = managed({"metadata": {"name": "p"}}, {"f:spec": {}}, "kubectl", time="1")
    obj = managed(obj, {"f:status": {}}, "controller", time="2", subresource="status")

    writer = last_writer(obj)

    assert writer is not None
    assert writer.manager == "kubectl"

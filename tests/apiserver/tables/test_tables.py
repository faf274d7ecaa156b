from typing import Any

import pytest

from gitops_lab.apiserver import tables
from gitops_lab.apiserver.types.registry import Registry, Resource
from gitops_lab.apiserver.types.schema import ANYTHING

REGISTRY = Registry.builtin()
LONG_AGO = "2000-01-01T00:00:00Z"


def resource(plural: str, group: str = "", version: str = "v1") -> Resource:
    found = REGISTRY.lookup(group, version, plural)
    assert found is not None
    return found


def meta(name: str = "web", **more: Any) -> dict[str, Any]:
    return {"name": name, "creationTimestamp": LONG_AGO, "resourceVersion": "7", **more}


def row(kind: Resource, obj: dict[str, Any]) -> dict[str, Any]:
    """Cells by column name."""
    table = tables.table(kind, [obj])
    names = [each["name"] for each in table["columnDefinitions"]]
    return dict(zip(names, table["rows"][0]["cells"], strict=True))


def pod(status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    containers = [{"name": "app", "image": "x"}]
    return {"metadata": meta(), "spec": {"containers": containers, **spec}, "status": status}


RUNNING = {"name": "app", "ready": True, "restartCount": 0, "state": {"running": {}}}


def waiting(reason: str, restarts: int = 0) -> dict[str, Any]:
    state = {"waiting": {"reason": reason}}
    return {"name": "app", "ready": False, "restartCount": restarts, "state": state}


def ended(code: int, **more: Any) -> dict[str, Any]:
    state = {"terminated": {"exitCode": code, **more}}
    return {"name": "app", "ready": False, "restartCount": 0, "state": state}


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ({"phase": "Pending"}, ("0/1", "Pending", "0")),
        ({"phase": "Running", "containerStatuses": [RUNNING]}, ("1/1", "Running", "0")),
        (
            {"phase": "Running", "containerStatuses": [waiting("CrashLoopBackOff", 3)]},
            ("0/1", "CrashLoopBackOff", "3"),
        ),
        (
            {"phase": "Pending", "containerStatuses": [waiting("ImagePullBackOff")]},
            ("0/1", "ImagePullBackOff", "0"),
        ),
        (
            {"phase": "Succeeded", "containerStatuses": [ended(0, reason="Completed")]},
            ("0/1", "Completed", "0"),
        ),
        ({"phase": "Failed", "containerStatuses": [ended(3)]}, ("0/1", "ExitCode:3", "0")),
        (
            {"phase": "Failed", "containerStatuses": [ended(137, signal=9)]},
            ("0/1", "Signal:9", "0"),
        ),
        ({"phase": "Failed", "reason": "Evicted"}, ("0/1", "Evicted", "0")),
        (
            {"phase": "Pending", "initContainerStatuses": [waiting("PodInitializing")]},
            ("0/1", "Init:0/1", "0"),
        ),
        (
            {"phase": "Pending", "initContainerStatuses": [waiting("CrashLoopBackOff", 2)]},
            ("0/1", "Init:CrashLoopBackOff", "2"),
        ),
    ],
)
def test_a_pod_is_summed_up(status: dict[str, Any], shown: tuple[str, str, str]) -> None:
    cells = row(resource("pods"), pod(status, initContainers=[{"name": "init"}]))
    assert (cells["Ready"], cells["Status"], cells["Restarts"]) == shown


def test_a_pod_being_deleted_is_terminating_unless_it_has_ended() -> None:
    running = pod({"phase": "Running", "containerStatuses": [RUNNING]})
    running["metadata"]["deletionTimestamp"] = LONG_AGO
    assert row(resource("pods"), running)["Status"] == "Terminating"


def test_an_ended_pod_has_a_row_condition() -> None:
    table = tables.table(resource("pods"), [pod({"phase": "Succeeded"})])
    assert table["rows"][0]["conditions"][0]["type"] == "Completed"


def test_a_deployment_shows_its_replicas_and_wide_columns() -> None:
    obj = {
        "metadata": meta(),
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"spec": {"containers": [{"name": "a", "image": "b:1"}]}},
        },
        "status": {"readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 2},
    }
    cells = row(resource("deployments", "apps"), obj)
    assert cells.pop("Age").endswith("y")
    assert cells == {
        "Name": "web",
        "Ready": "2/3",
        "Up-to-date": 3,
        "Available": 2,
        "Containers": "a",
        "Images": "b:1",
        "Selector": "app=web",
    }


def service(**spec: Any) -> dict[str, Any]:
    ports = [{"port": 80, "nodePort": 30080, "protocol": "TCP"}]
    return {"metadata": meta(), "spec": {"ports": ports, "clusterIPs": ["127.96.0.9"], **spec}}


@pytest.mark.parametrize(
    ("spec", "external"),
    [
        ({"type": "NodePort"}, "<none>"),
        ({"type": "LoadBalancer"}, "<pending>"),
        ({"type": "ExternalName", "externalName": "example.com"}, "example.com"),
        ({"type": "ClusterIP", "externalIPs": ["192.0.2.1", "192.0.2.2"]}, "192.0.2.1,192.0.2.2"),
    ],
)
def test_a_service_shows_where_it_is_reached(spec: dict[str, Any], external: str) -> None:
    cells = row(resource("services"), service(**spec))
    assert (cells["External-IP"], cells["Port(s)"]) == (external, "80:30080/TCP")


def test_long_lists_are_shortened() -> None:
    addresses = [{"ip": f"127.0.0.{n}"} for n in range(1, 6)]
    obj = {"metadata": meta(), "subsets": [{"addresses": addresses, "ports": [{"port": 80}]}]}
    shown = row(resource("endpoints"), obj)["Endpoints"]
    assert shown == "127.0.0.1:80,127.0.0.2:80,127.0.0.3:80 + 2 more..."


def test_kinds_without_columns_show_name_and_creation() -> None:
    obj = {"metadata": meta("reader"), "rules": []}
    cells = row(resource("roles", "rbac.authorization.k8s.io"), obj)
    assert cells == {"Name": "reader", "Created At": LONG_AGO}


def gadget(columns: tuple[dict[str, Any], ...]) -> Resource:
    return Resource("x.example.com", "v1", "Gadget", "gadgets", "gadget", True, (), ANYTHING,
                    custom=True, columns=columns)  # fmt: skip


def test_a_custom_resource_shows_its_own_columns() -> None:
    columns = (
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
        {"name": "Owner", "type": "string", "jsonPath": ".spec.owner"},
        {"name": "Shape", "type": "string", "jsonPath": ".spec.shape", "priority": 1},
        {"name": "Late", "type": "date", "jsonPath": ".spec.late"},
        {"name": "Gone", "type": "boolean", "jsonPath": ".spec.gone"},
    )
    spec = {"size": 3, "owner": 7, "shape": {"a": [1]}, "late": "soon"}
    cells = row(gadget(columns), {"metadata": meta(), "spec": spec})
    assert list(cells.values()) == ["web", 3, "7", '{"a":[1]}', "<invalid>", None]


def test_a_custom_resource_without_columns_shows_its_age() -> None:
    assert list(row(gadget(()), {"metadata": meta()})) == ["Name", "Age"]


def test_rows_carry_what_was_asked_for() -> None:
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(), "data": {"a": "b"}}
    kind = resource("configmaps")
    by_default = tables.table(kind, [obj])["rows"][0]["object"]
    assert by_default["kind"] == "PartialObjectMetadata"
    assert tables.table(kind, [obj], include_object="Object")["rows"][0]["object"] == obj
    assert tables.table(kind, [obj], include_object="None")["rows"][0]["object"] is None


def test_metadata_is_the_lists_or_the_only_objects() -> None:
    obj = {"metadata": meta()}
    kind = resource("configmaps")
    assert tables.table(kind, [obj])["metadata"] == {"resourceVersion": "7"}
    given = {"resourceVersion": "9", "continue": "x"}
    assert tables.table(kind, [obj, obj], list_meta=given)["metadata"] == given


@pytest.mark.parametrize("kind", REGISTRY.all(), ids=lambda each: f"{each.group}/{each.plural}")
def test_every_kind_can_be_printed_with_nothing_but_a_name(kind: Resource) -> None:
    table = tables.table(kind, [{"metadata": {"name": "bare"}}])
    cells = table["rows"][0]["cells"]
    assert len(cells) == len(table["columnDefinitions"])

from typing import Any

import pytest

from gitops_lab.controllers.endpoints.mirroring import is_mirrored, plan
from gitops_lab.kube.objects import Object, labels_of
from tests.waiting import eventually

from .cluster import Cluster

ADDRESSES = {"addresses": [{"ip": "10.1.2.3"}], "ports": [{"name": "http", "port": 80}]}


def endpoints(*subsets: Object, **metadata: Any) -> Object:
    named = {"name": "web", "namespace": "default", "uid": "1", **metadata}
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": named, "subsets": list(subsets)}


def test_each_family_and_set_of_ports_has_a_slice() -> None:
    both = {**ADDRESSES, "notReadyAddresses": [{"ip": "fd00::1", "nodeName": "one"}]}
    writes = plan(endpoints(both, {"addresses": [{"ip": "10.1.2.4"}]}), [])
    shown = [(one["addressType"], one["ports"], one["endpoints"]) for one in writes.create]
    http = [{"name": "http", "protocol": "TCP", "port": 80}]
    assert shown == [
        ("IPv4", http, [{"addresses": ["10.1.2.3"], "conditions": {"ready": True}}]),
        (
            "IPv6",
            http,
            [{"addresses": ["fd00::1"], "conditions": {"ready": False}, "nodeName": "one"}],
        ),
        ("IPv4", [], [{"addresses": ["10.1.2.4"], "conditions": {"ready": True}}]),
    ]


def test_what_is_right_is_not_written_again() -> None:
    [made] = plan(endpoints(ADDRESSES), []).create
    held = {**made, "metadata": {**made["metadata"], "name": "web-abc"}}
    again = plan(endpoints(ADDRESSES), [held])
    assert (again.create, again.update, again.delete) == ([], [], [])
    moved = plan(endpoints({**ADDRESSES, "addresses": [{"ip": "10.1.2.9"}]}), [held])
    assert [one["metadata"]["name"] for one in moved.update] == ["web-abc"]
    assert plan(endpoints(), [held]).delete == [held]


@pytest.mark.parametrize(
    ("metadata", "service", "mirrored"),
    [
        ({}, {"spec": {}}, True),
        ({}, {"spec": {"selector": {"a": "b"}}}, False),
        ({}, None, False),
        ({"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}, {"spec": {}}, False),
        ({"annotations": {"control-plane.alpha.kubernetes.io/leader": "x"}}, {"spec": {}}, False),
    ],
)
def test_some_are_left_alone(metadata: Object, service: Object | None, mirrored: bool) -> None:
    assert is_mirrored(endpoints(ADDRESSES, **metadata), service) is mirrored


def test_own_endpoints_become_slices_and_go_with_them(cluster: Cluster) -> None:
    cluster.create("v1", "Service", "web", spec={"ports": [{"port": 80}]})
    cluster.create("v1", "Endpoints", "web", subsets=[ADDRESSES])

    def addresses() -> list[str]:
        found = cluster.every("discovery.k8s.io/v1", "EndpointSlice")
        assert all(labels_of(one)["kubernetes.io/service-name"] == "web" for one in found)
        return [each["addresses"][0] for one in found for each in one["endpoints"]]

    eventually(lambda: addresses() == ["10.1.2.3"])
    held = cluster.get("v1", "Endpoints", "web")
    held["subsets"][0]["addresses"] = [{"ip": "10.1.2.9"}]
    cluster.client.update(held)
    eventually(lambda: addresses() == ["10.1.2.9"])
    cluster.client.delete("v1", "Endpoints", "web", cluster.namespace)
    eventually(lambda: addresses() == [])

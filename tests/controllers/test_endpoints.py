from copy import deepcopy
from typing import Any

import pytest

from gitops_lab.controllers.endpoints import legacy, slices
from gitops_lab.controllers.endpoints.addresses import endpoint_of, has_endpoints, port_number
from gitops_lab.controllers.endpoints.trigger import TriggerTimes
from gitops_lab.kube.objects import Object, labels_of

from .objects import pod, service


def _conditions(one: Object, **spec: Any) -> tuple[bool, bool, bool]:
    endpoint = endpoint_of(service(**spec), one)
    assert endpoint is not None
    return endpoint.ready, endpoint.serving, endpoint.terminating


LEAVING = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


def test_conditions_tell_ready_serving_and_terminating() -> None:
    assert _conditions(pod()) == (True, True, False)
    assert _conditions(pod(ready=False)) == (False, False, False)
    assert _conditions(pod(metadata=LEAVING)) == (False, True, True)
    assert _conditions(pod(ready=False, metadata=LEAVING)) == (False, False, True)


def test_not_ready_addresses_can_be_published() -> None:
    assert _conditions(pod(ready=False), publishNotReadyAddresses=True) == (True, False, False)


@pytest.mark.parametrize("status", [{"phase": "Succeeded"}, {"phase": "Failed"}, {"podIP": ""}])
def test_pods_without_address_or_that_have_ended_are_no_endpoints(status: Object) -> None:
    assert endpoint_of(service(), pod(status=status)) is None


def test_ports_are_found_by_name_or_number() -> None:
    assert port_number({"port": 80, "targetPort": "http"}, pod()) == 8080
    assert port_number({"port": 80, "targetPort": "grpc"}, pod()) is None
    assert port_number({"port": 80, "targetPort": 9000}, pod()) == 9000
    assert port_number({"port": 80}, pod()) == 80


def test_services_without_selector_are_left_alone() -> None:
    assert has_endpoints(service())
    assert not has_endpoints(service(selector=None))
    assert not has_endpoints(service(type="ExternalName"))


def _made(one: Object, pods: list[Object]) -> Object:
    writes = slices.plan(one, pods, [], "")
    assert (len(writes.create), writes.update, writes.delete) == (1, [], [])
    return writes.create[0]


def test_a_slice_names_its_pods_and_its_service() -> None:
    made = _made(service(), [pod()])
    assert made["endpoints"] == [
        {
            "addresses": ["127.0.1.1"],
            "conditions": {"ready": True, "serving": True, "terminating": False},
            "targetRef": {
                "kind": "Pod",
                "namespace": "demo",
                "name": "web-1",
                "uid": "uid-web-1",
            },
            "nodeName": "node-1",
        }
    ]
    assert made["ports"] == [{"name": "web", "protocol": "TCP", "port": 8080}]
    assert labels_of(made) == {
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }


def test_a_service_without_pods_has_one_empty_slice() -> None:
    made = _made(service(), [])
    assert (made["endpoints"], made["ports"]) == (None, None)


def test_a_headless_service_needs_no_ports() -> None:
    made = _made(service(clusterIP="None", ports=None), [pod()])
    assert labels_of(made)["service.kubernetes.io/headless"] == ""
    assert len(made["endpoints"]) == 1


def test_nothing_is_written_when_nothing_changed() -> None:
    made = _made(service(), [pod()])
    writes = slices.plan(service(), [pod()], [made], "")
    assert (writes.create, writes.update, writes.delete) == ([], [], [])


def test_the_first_pod_goes_into_the_empty_slice() -> None:
    empty = _made(service(), [])
    empty["metadata"]["name"] = "web-abcde"
    writes = slices.plan(service(), [pod()], [empty], "2026-01-01T00:00:00Z")
    assert writes.create == writes.delete == []
    assert writes.update[0]["metadata"]["name"] == "web-abcde"
    assert slices.TRIGGER in writes.update[0]["metadata"]["annotations"]


def test_pods_with_another_port_of_that_name_get_a_slice_of_their_own() -> None:
    other = pod("web-2", spec={"containers": [{"ports": [{"name": "http", "containerPort": 9}]}]})
    writes = slices.plan(service(), [pod(), other], [], "")
    assert sorted(one["ports"][0]["port"] for one in writes.create) == [9, 8080]


def test_more_than_a_hundred_endpoints_are_spread() -> None:
    pods = [pod(f"web-{n}", status={"podIP": f"127.0.{n // 200}.{n % 200}"}) for n in range(250)]
    writes = slices.plan(service(), pods, [], "")
    assert [len(one["endpoints"]) for one in writes.create] == [100, 100, 50]


def test_the_trigger_is_the_earliest_change_since_the_last_sync() -> None:
    one, triggers = service(), TriggerTimes()
    one["metadata"]["creationTimestamp"] = "2025-12-31T00:00:00Z"
    assert triggers.of(one, [pod()]) == "2025-12-31T00:00:00Z"
    assert triggers.of(one, [pod()]) == ""
    assert triggers.of(one, [pod(), pod("web-2")]) == "2026-01-01T00:00:00Z"
    triggers.forget(("demo", "web"))
    assert triggers.of(one, []) == "2025-12-31T00:00:00Z"


def test_endpoints_list_ready_and_other_addresses() -> None:
    pods = [pod(), pod("web-2", ready=False, status={"podIP": "127.0.1.2"})]
    (subset,) = legacy.subsets_of(service(), pods)
    assert [one["ip"] for one in subset["addresses"]] == ["127.0.1.1"]
    assert [one["ip"] for one in subset["notReadyAddresses"]] == ["127.0.1.2"]
    assert subset["ports"] == [{"name": "web", "port": 8080, "protocol": "TCP"}]


def test_endpoints_leave_terminating_pods_out() -> None:
    assert legacy.subsets_of(service(), [pod(metadata=LEAVING)]) == []


def test_endpoints_are_written_once() -> None:
    one = service()
    one["metadata"]["labels"] = {"app": "web"}
    written = legacy.plan(one, [pod()], None, "")
    assert written is not None
    assert labels_of(written) == {"app": "web", legacy.MANAGER: legacy.MANAGED_BY}
    assert legacy.plan(one, [pod()], deepcopy(written), "") is None


def test_endpoints_are_cut_at_a_thousand() -> None:
    pods = [pod(f"p{n}", status={"podIP": f"127.1.{n // 250}.{n % 250}"}) for n in range(1010)]
    written = legacy.plan(service(), pods, None, "")
    assert written is not None
    assert len(written["subsets"][0]["addresses"]) == 1000
    assert written["metadata"]["annotations"][legacy.OVER_CAPACITY] == "truncated"

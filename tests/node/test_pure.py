"""What needs no running node: images, waits, quantities, status, places, choices."""

from typing import Any

import pytest

from gitops_lab import samples
from gitops_lab.kube import Object
from gitops_lab.node.addresses import Addresses, free_port
from gitops_lab.node.images import Images, PullError, full_reference, pull_policy
from gitops_lab.node.pods.backoff import Backoff, go_duration
from gitops_lab.node.pods.environment import expand, service_variables
from gitops_lab.node.pods.status import ContainerState, PodView, phase_of, qos_class, status_of
from gitops_lab.node.quantities import amount, divided
from gitops_lab.node.scheduling import choose


@pytest.mark.parametrize(
    ("reference", "full"),
    [
        ("web", "docker.io/library/web:latest"),
        ("gitops-lab/web:1.0", "docker.io/gitops-lab/web:1.0"),
        ("docker.io/gitops-lab/web:1.0", "docker.io/gitops-lab/web:1.0"),
        ("localhost:5000/web", "localhost:5000/web:latest"),
        ("ghcr.io/a/b@sha256:00", "ghcr.io/a/b@sha256:00"),
    ],
)
def test_references_are_spelt_out(reference: str, full: str) -> None:
    assert full_reference(reference) == full


def test_images_are_found_by_any_spelling_and_failures_have_a_runtimes_words() -> None:
    images = Images(samples.catalog())
    assert images.pull("docker.io/gitops-lab/web:1.1", "Always").reference == "gitops-lab/web:1.1"
    reasons = {}
    for reference, policy in [("x:1", "IfNotPresent"), ("x:1", "Never"), ("UPPER", "Always")]:
        with pytest.raises(PullError) as failed:
            images.pull(reference, policy)
        reasons[failed.value.reason] = str(failed.value)
    assert set(reasons) == {"ErrImagePull", "ErrImageNeverPull", "InvalidImageName"}
    assert "docker.io/library/x:1: not found" in reasons["ErrImagePull"]
    assert "repository name must be lowercase" in reasons["InvalidImageName"]


@pytest.mark.parametrize(
    ("image", "policy"), [("a", "Always"), ("a:latest", "Always"), ("a:1", "IfNotPresent")]
)
def test_the_pull_policy_follows_the_tag(image: str, policy: str) -> None:
    assert pull_policy({"image": image}) == policy


def test_waits_double_to_their_cap_and_begin_again_after_a_good_while() -> None:
    backoff = Backoff()
    assert [backoff.delay(0) for _ in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]
    assert backoff.delay(601) == 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(10, "10s"), (80, "1m20s"), (300, "5m0s"), (0.2, "0.2s"), (3600, "1h0m0s")],
)
def test_durations_read_as_in_go(seconds: float, text: str) -> None:
    assert go_duration(seconds) == text


def test_quantities() -> None:
    assert amount("500m") * 2 == 1
    assert amount("1Ki") == 1024
    assert divided("100m", "1") == "1"
    assert divided("64Mi", "1Mi") == "64"
    with pytest.raises(ValueError, match="not a quantity"):
        amount("1Kx")


def test_variables_in_values() -> None:
    values = {"A": "1"}
    assert expand("$(A) $(B) $$(A) $A", values) == "1 $(B) $(A) $A"


def test_service_variables() -> None:
    service = {"name": "my-web", "host": "127.96.0.7", "ports": [("http", 80), ("admin", 81)]}
    assert service_variables([service]) == {
        "MY_WEB_SERVICE_HOST": "127.96.0.7",
        "MY_WEB_SERVICE_PORT": "80",
        "MY_WEB_PORT": "tcp://127.96.0.7:80",
        "MY_WEB_SERVICE_PORT_HTTP": "80",
        "MY_WEB_SERVICE_PORT_ADMIN": "81",
    }


def view(*containers: ContainerState, policy: str = "Always", **more: Any) -> PodView:
    spec = {"restartPolicy": policy, "containers": [{"name": c.name} for c in containers]}
    return PodView({"metadata": {"name": "p"}, "spec": spec}, containers, **more)


def container(state: str, code: int = 0, **more: Any) -> ContainerState:
    content = {"terminated": {"exitCode": code}} if state == "terminated" else {state: {}}
    return ContainerState("c", "i", state=content, **more)


@pytest.mark.parametrize(
    ("found", "phase"),
    [
        (view(container("waiting")), "Pending"),
        (view(container("waiting", last_state={"terminated": {}})), "Running"),
        (view(container("running"), container("waiting")), "Pending"),
        (view(container("running")), "Running"),
        (view(container("terminated")), "Running"),
        (view(container("terminated"), policy="Never"), "Succeeded"),
        (view(container("terminated", 1), policy="Never"), "Failed"),
        (view(container("terminated", 1), policy="OnFailure"), "Running"),
        (view(container("terminated", 0), ended=True), "Succeeded"),
        (view(container("terminated", 137), ended=True), "Failed"),
        (view(container("running", init=True), container("waiting")), "Pending"),
        (
            view(container("terminated", 1, init=True), container("waiting"), policy="Never"),
            "Failed",
        ),
    ],
)
def test_phases_by_a_kubelets_rules(found: PodView, phase: str) -> None:
    assert phase_of(found) == phase


def test_a_condition_keeps_its_time_while_it_stays() -> None:
    old = [{"type": "Ready", "status": "False", "lastTransitionTime": "2020-01-01T00:00:00Z"}]
    found = view(container("waiting"))
    found.pod["status"] = {"conditions": old}
    ready = next(c for c in status_of(found)["conditions"] if c["type"] == "Ready")
    assert ready["lastTransitionTime"] == "2020-01-01T00:00:00Z"


def test_readiness_gates_hold_a_pod_back() -> None:
    found = view(container("running", ready=True))
    found.pod["spec"]["readinessGates"] = [{"conditionType": "example.com/ok"}]
    ready = next(c for c in status_of(found)["conditions"] if c["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "ReadinessGatesNotReady")
    found.pod["status"] = {"conditions": [{"type": "example.com/ok", "status": "True"}]}
    ready = next(c for c in status_of(found)["conditions"] if c["type"] == "Ready")
    assert ready["status"] == "True"


@pytest.mark.parametrize(
    ("resources", "qos"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"limits": {"cpu": "1"}}, "Burstable"),
    ],
)
def test_quality_of_service(resources: Object, qos: str) -> None:
    assert qos_class({"spec": {"containers": [{"name": "c", "resources": resources}]}}) == qos


def test_pods_have_addresses_of_their_own_or_ports() -> None:
    apart, together = Addresses(False), Addresses(True)
    first, second = apart.take("a"), apart.take("b")
    assert first.ip == first.bind != second.ip
    port = free_port("127.0.0.1")
    apart.map_ports("a", [port])
    assert first.real(port) == (first.ip, port)
    single = together.take("a")
    together.map_ports("a", [8080])
    assert single.bind == "127.0.0.1"
    assert single.real(8080) != ("127.0.0.1", 8080)
    assert single.real(9) == ("127.0.0.1", 9)


def test_an_address_is_taken_again_if_it_is_free() -> None:
    addresses = Addresses(False)
    assert addresses.take("a", "127.100.1.1").ip == "127.100.1.1"
    assert addresses.take("b", "127.100.1.1").ip != "127.100.1.1"
    assert addresses.take("c", "8.8.8.8").ip.startswith("127.")
    addresses.release("a")
    assert addresses.take("d", "127.100.1.1").ip == "127.100.1.1"


def node(name: str, **spec: Any) -> Object:
    status = {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "10"}}
    metadata = {"name": name, "labels": {"kubernetes.io/hostname": name}}
    return {"metadata": metadata, "spec": spec, "status": status}


def pod(**spec: Any) -> Object:
    return {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c"}], **spec}}


TAINTED = node("n", taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}])
FAR = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["far"]}]}


@pytest.mark.parametrize(
    ("wants", "nodes", "message"),
    [
        (pod(), [node("n", unschedulable=True)], "1 node(s) were unschedulable"),
        (pod(), [TAINTED], "1 node(s) had untolerated taint(s) {gpu: yes}"),
        (pod(nodeSelector={"a": "b"}), [node("n")], "node affinity/selector"),
        (
            pod(
                affinity={
                    "nodeAffinity": {
                        "requiredDuringSchedulingIgnoredDuringExecution": {
                            "nodeSelectorTerms": [FAR]
                        }
                    }
                }
            ),
            [node("n")],
            "node affinity/selector",
        ),
        (
            pod(containers=[{"name": "c", "resources": {"requests": {"cpu": "3"}}}]),
            [node("n"), node("m")],
            "0/2 nodes are available: 2 Insufficient cpu.",
        ),
    ],
)
def test_why_a_pod_fits_nowhere(wants: Object, nodes: list[Object], message: str) -> None:
    choice = choose(wants, nodes, [])
    assert choice.node == ""
    assert message in choice.message


def test_pods_go_to_the_emptiest_node_that_fits() -> None:
    nodes = [node("a"), node("b"), TAINTED]
    assert choose(pod(), nodes, [pod(nodeName="a")]).node == "b"
    tolerant = pod(tolerations=[{"key": "gpu", "operator": "Exists"}])
    placed = [pod(nodeName="a"), pod(nodeName="b")]
    assert choose(tolerant, nodes, placed).node == "n"

"""Probes of running pods, and what follows from them."""

from gitops_lab.kube import Object
from tests.node.cluster import Space, shell, web
from tests.waiting import eventually

# Lives until the file `sick` is in its folder, tells so by its probes.
PROBED = "echo run; sleep 600"


def command(script: str, **more: object) -> Object:
    return {"exec": {"command": ["sh", "-c", script]}, "periodSeconds": 1, **more}


def ready(space: Space) -> bool:
    return bool(space.container()["ready"])


def test_a_release_that_never_gets_ready_runs_unready_and_says_why(each_space: Space) -> None:
    probe = {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1}
    each_space.pod(containers=[web("1.2", readinessProbe=probe)])
    message = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    eventually(lambda: ("Unhealthy", message) in each_space.events("web"))
    status = each_space.status()
    assert status["phase"] == "Running"
    assert not status["containerStatuses"][0]["ready"]
    unready = next(c for c in status["conditions"] if c["type"] == "Ready")
    assert unready["message"] == "containers with unready status: [web]"


def test_readiness_comes_and_goes_with_its_probe(space: Space) -> None:
    probe = command("test ! -e sick", failureThreshold=1)
    space.pod(containers=[shell(PROBED, readinessProbe=probe)], terminationGracePeriodSeconds=0)
    space.until_ready()
    space.kubectl("exec", "web", "--", "touch", "sick")
    eventually(lambda: not ready(space))
    space.kubectl("exec", "web", "--", "rm", "sick")
    eventually(lambda: ready(space))
    assert space.container()["restartCount"] == 0


def test_a_failing_liveness_probe_restarts_the_container(space: Space) -> None:
    probe = command("test ! -e sick", failureThreshold=1)
    script = "rm -f sick; " + PROBED
    space.pod(containers=[shell(script, livenessProbe=probe)], terminationGracePeriodSeconds=1)
    space.until_ready()
    space.kubectl("exec", "web", "--", "touch", "sick")
    eventually(lambda: space.container()["restartCount"] == 1)
    killing = "Container main failed liveness probe, will be restarted"
    eventually(lambda: ("Killing", killing) in space.events("web"))
    assert space.container()["lastState"]["terminated"]["exitCode"] in (137, 143)


def test_a_startup_probe_holds_the_others_back(space: Space) -> None:
    startup = command("test -e up")
    readiness = command("true")
    space.pod(
        containers=[shell(PROBED, startupProbe=startup, readinessProbe=readiness)],
        terminationGracePeriodSeconds=0,
    )
    eventually(lambda: "running" in space.container()["state"])
    assert space.container()["started"] is False
    space.kubectl("exec", "web", "--", "touch", "up")
    space.until_ready()
    assert space.container()["started"] is True


def test_tcp_probes_and_ports_by_name(each_space: Space) -> None:
    ports = [{"name": "http", "containerPort": 8080}]
    probe = {"tcpSocket": {"port": "http"}}
    each_space.pod(containers=[web(ports=ports, readinessProbe=probe)])
    each_space.until_ready()

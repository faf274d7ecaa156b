"""Well-known images: shown as running, marked as simulated, and refusing what needs a program."""

from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from gitops_lab.kube.objects import annotations_of
from gitops_lab.node.simulated import ANNOTATION, is_simulated
from tests.node.cluster import Space
from tests.waiting import eventually

LABELS = {"app": "web"}
URL = "gitops-lab.dev/url"


@pytest.fixture
def nginx(space: Space) -> Space:
    probe = {"httpGet": {"path": "/", "port": 8080}}
    container = {
        "name": "main",
        "image": "nginx:1.29",
        "ports": [{"containerPort": 8080}],
        "readinessProbe": probe,
    }
    space.pod(metadata={"labels": LABELS}, containers=[container], terminationGracePeriodSeconds=30)
    space.until_ready()
    return space


def code_and_text(url: str) -> tuple[int, bytes]:
    """The refusal that a Service's address answers; (0, b"") as long as nobody listens."""
    try:
        urlopen(url, timeout=5).close()
    except HTTPError as answer:
        with answer:
            return answer.code, answer.read()
    except OSError:
        return 0, b""
    raise AssertionError("a simulated image has answered")


def test_it_is_running_and_marked(nginx: Space) -> None:
    assert nginx.status()["phase"] == "Running"
    eventually(lambda: nginx.get("web")["metadata"]["annotations"][ANNOTATION] == "true")
    assert "Running (simulated)" in nginx.kubectl("get", "pod", "web").stdout
    eventually(lambda: any(reason == "Simulated" for reason, _ in nginx.events("web")))


def test_exec_is_refused_with_the_reason(nginx: Space) -> None:
    refused = nginx.kubectl("exec", "web", "--", "true", check=False)
    assert refused.returncode != 0
    assert "is simulated: its image nginx:1.29 is shown here and not run" in refused.stderr


def test_http_is_answered_with_501_and_the_reason(nginx: Space) -> None:
    port = {"port": 80, "targetPort": 8080}
    nginx.create(
        "v1", "Service", "web", spec={"type": "NodePort", "selector": LABELS, "ports": [port]}
    )
    service = eventually(lambda: annotations_of(nginx.get("web", "Service")).get(URL))
    code, text = eventually(lambda: seen if (seen := code_and_text(service))[0] else None)
    assert code == 501
    assert b"is simulated" in text


def test_its_log_says_so(nginx: Space) -> None:
    assert "is simulated" in nginx.kubectl("logs", "web").stdout


def test_one_that_prepares_for_others_comes_to_its_end(space: Space) -> None:
    prepares = {"name": "prepare", "image": "busybox:1.37", "command": ["true"]}
    main = {"name": "main", "image": "nginx:1.29"}
    space.pod(initContainers=[prepares], containers=[main])
    space.until_ready()


def test_it_ends_at_once(nginx: Space) -> None:
    nginx.kubectl("delete", "pod", "web", "--timeout=10s")


@pytest.mark.parametrize(
    ("reference", "simulated"),
    [
        ("docker.io/library/nginx:1.29", True),
        ("docker.io/library/nginx@sha256:abc", True),
        ("registry.k8s.io/pause:3.10", True),
        ("registry.k8s.io/e2e-test-images/agnhost:2.63", True),
        ("docker.io/library/nginxx:1", False),
        ("localhost:5000/nginx:1", False),
        ("docker.io/gitops-lab/web:9", False),
    ],
)
def test_only_images_of_the_list_are_simulated(reference: str, simulated: bool) -> None:
    assert is_simulated(reference) == simulated

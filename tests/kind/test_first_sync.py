"""The learner's loop on a genuine cluster: what holds on the embedded one holds here."""

import json
import urllib.request
from pathlib import Path

import pytest

from tests.kind.conftest import KindLab, containers, docker
from tests.waiting import eventually


def _info(shared: KindLab) -> dict[str, str]:
    url = json.loads(shared.fine("open", "--print", "--json").splitlines()[-1])["url"]
    with urllib.request.urlopen(f"{url}/api/info", timeout=5) as answer:
        found: dict[str, str] = json.load(answer)
    return found


def _version(shared: KindLab) -> str:
    try:
        return _info(shared)["version"]
    except OSError:  # a rollout is under way
        return ""


def test_the_api_is_kubernetes_itself(shared: KindLab) -> None:
    version = json.loads(shared.kubectl("version", "-o", "json"))["serverVersion"]
    assert version["gitVersion"].startswith("v1.37.")
    assert "embedded" not in version["gitVersion"]
    assert shared.kubectl("get", "nodes", "-o", "name") == f"node/{shared.node}"


def test_the_app_answers_at_the_url_that_open_prints(shared: KindLab) -> None:
    assert _info(shared)["version"] == "1.0"
    pods = shared.kubectl("get", "pods", "-n", "web", "-o", "jsonpath={.items[*].metadata.name}")
    assert eventually(lambda: _info(shared)["pod"] in pods.split())


def test_the_checks_are_red_before_the_work_is_done(shared: KindLab) -> None:
    ran = shared.lab("check", "--workspace", shared.workspace, "--json")
    assert ran.code == 1
    assert ran.document["green"] is False


def test_a_pushed_commit_is_live(shared: KindLab) -> None:
    shared.push("deploy/deployment.yaml", "gitops-lab/web:1.0", "gitops-lab/web:1.1")
    assert eventually(lambda: _version(shared) == "1.1", timeout=60)


def test_a_change_by_hand_is_put_back(shared: KindLab) -> None:
    shared.kubectl("scale", "deployment/web", "-n", "web", "--replicas=5")
    path = "jsonpath={.spec.replicas}"

    def replicas() -> str:
        return shared.kubectl("get", "deployment/web", "-n", "web", "-o", path)

    assert eventually(lambda: replicas() != "5", timeout=30)


def test_a_pod_reaches_the_git_server_with_the_token_and_not_without(shared: KindLab) -> None:
    root = shared.lab.home / "workspaces" / shared.workspace
    address = json.loads((root / "clusters/main/reach.json").read_text())["host_address"]
    port = json.loads((root / "workspace.json").read_text())["git_port"]
    token = (root / "token").read_text()
    path = "/web.git/info/refs?service=git-upload-pack"

    def asked(credentials: str) -> str:
        code = (
            "import base64,http.client;"
            f"c=http.client.HTTPConnection({address!r},{port},timeout=10);"
            f"k={{'Authorization':'Basic '+base64.b64encode({credentials!r}.encode()).decode()}};"
            f"c.request('GET',{path!r},headers=k);print(c.getresponse().status)"
        )
        return shared.kubectl("exec", "deploy/web", "-n", "web", "--", "python3", "-c", code)

    # A rollout of the test before may still take the pod away that was chosen.
    assert eventually(lambda: asked(f"learner:{token}"), timeout=60) == "200"
    assert eventually(lambda: asked("learner:wrong"), timeout=60) == "401"


@pytest.mark.parametrize("how", ["stop", "docker stop"])
def test_a_stopped_cluster_comes_back_with_all_that_was_in_it(
    shared: KindLab, tmp_path: Path, how: str
) -> None:
    """And a kubeconfig of the user's own, even a broken one, is neither needed nor touched."""
    own = tmp_path / "config"
    own.write_text("not: [a kubeconfig")
    own.chmod(0o400)
    before = shared.kubectl("get", "namespace", "web", "-o", "jsonpath={.metadata.uid}")
    version = _info(shared)["version"]
    place = ("--workspace", shared.workspace)
    if how == "stop":
        shared.lab.fine("stop", *place, KUBECONFIG=str(own))
    else:  # by hand, behind our back
        docker("stop", shared.node)
        ran = shared.lab("app", "list", *place)
        assert ran.code == 3
        assert "start" in ran.err
    assert docker("ps", "-q", "--filter", f"name={shared.node}") == ""
    shared.lab.fine("start", "first-sync", *place, KUBECONFIG=str(own))
    look = ("get", "namespace", "web", "-o", "jsonpath={.metadata.uid}")
    assert shared.lab.fine("kubectl", *place, *look, KUBECONFIG=str(own)).out.strip() == before
    assert own.read_text() == "not: [a kubeconfig"
    assert eventually(lambda: _version(shared) == version, timeout=90)


def test_the_solution_turns_the_checks_green(shared: KindLab) -> None:
    shared.fine("solve")
    ran = shared.lab("check", "--workspace", shared.workspace, "--json")
    assert ran.document["checks"], ran
    assert all(check["passed"] for check in ran.document["checks"]), ran.document


def test_down_leaves_nothing_behind(shared: KindLab) -> None:
    assert containers(shared.cluster) == [shared.node]
    volumes = docker("volume", "ls", "-q").split()
    shared.fine("down")
    assert containers(shared.cluster) == []
    assert len(docker("volume", "ls", "-q").split()) < len(volumes)

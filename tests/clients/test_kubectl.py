"""kubectl where it needs a whole cluster: pods, nodes, permissions, and a proxy."""

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.clients.cluster import Cluster, kubectl_path
from tests.waiting import eventually

Kubectl = Callable[..., subprocess.CompletedProcess[str]]

NODE = "gitops-lab-node"


def test_run_starts_a_pod_and_shows_its_output(kubectl: Kubectl) -> None:
    done = kubectl(
        "run", "once", "--image=gitops-lab/web:1.0", "--restart=Never", "--attach", "--quiet",
        "--command", "--", "sh", "-c", "sleep 1; echo hello",
    )  # fmt: skip
    assert "hello" in done.stdout


def test_cp_brings_files_there_and_back(kubectl: Kubectl, web: str, tmp_path: Path) -> None:
    kubectl("cp", __file__, f"{web}:copied.py")
    kubectl("cp", f"{web}:copied.py", str(tmp_path / "back.py"))
    assert (tmp_path / "back.py").read_text() == Path(__file__).read_text()


def test_debug_makes_a_copy_with_another_command(kubectl: Kubectl, web: str) -> None:
    kubectl("debug", web, "--copy-to=copy", "--container=main", "--", "sleep", "60")
    kubectl("wait", "--for=jsonpath={.status.phase}=Running", "pod/copy", "--timeout=30s")
    shown = json.loads(kubectl("get", "pod", "copy", "-o", "json").stdout)
    assert shown["spec"]["containers"][0]["command"] == ["sleep", "60"]
    kubectl("delete", "pod", "copy", "--grace-period=1")


def test_expose_makes_a_service_with_endpoints(kubectl: Kubectl, web: str) -> None:
    kubectl("expose", "deployment", "web", "--name=again", "--port=80", "--target-port=8080")

    def has_endpoints() -> bool:
        label = "kubernetes.io/service-name=again"
        return "127." in kubectl("get", "endpointslices", "-l", label).stdout

    eventually(has_endpoints, interval=0.2)


def test_autoscale_makes_an_autoscaler(kubectl: Kubectl, web: str) -> None:
    kubectl("autoscale", "deployment", "web", "--min=1", "--max=3", "--cpu=50%")
    shown = kubectl("get", "hpa", "web").stdout
    assert "Deployment/web" in shown
    old = kubectl("get", "horizontalpodautoscalers.v1.autoscaling", "web", "-o", "json").stdout
    assert json.loads(old)["spec"]["targetCPUUtilizationPercentage"] == 50


def test_set_changes_image_variables_and_resources(kubectl: Kubectl, web: str) -> None:
    kubectl("set", "image", "deployment/web", "main=gitops-lab/web:1.1")
    kubectl("set", "env", "deployment/web", "COLOUR=red")
    kubectl("set", "resources", "deployment/web", "--limits=cpu=100m")
    kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    assert "COLOUR=red" in kubectl("set", "env", "deployment/web", "--list").stdout
    kubectl("rollout", "undo", "deployment/web")
    assert "REVISION" in kubectl("rollout", "history", "deployment/web").stdout


def test_a_node_is_cordoned_tainted_and_put_back(kubectl: Kubectl) -> None:
    try:
        kubectl("cordon", NODE)
        assert "SchedulingDisabled" in kubectl("get", "node", NODE).stdout
        kubectl("taint", "node", NODE, "lab=yes:PreferNoSchedule")
        assert "lab=yes:PreferNoSchedule" in kubectl("describe", "node", NODE).stdout
    finally:
        kubectl("uncordon", NODE)
        kubectl("taint", "node", NODE, "lab-")


def test_drain_evicts_what_runs_there(kubectl: Kubectl, web: str) -> None:
    try:
        done = kubectl("drain", NODE, "--pod-selector=app=web", "--timeout=60s")
        assert "evicting pod" in done.stdout + done.stderr
    finally:
        kubectl("uncordon", NODE)
    kubectl("rollout", "status", "deployment/web", "--timeout=60s")


def test_auth_tells_what_one_may(kubectl: Kubectl) -> None:
    assert kubectl("auth", "can-i", "create", "deployments").stdout == "yes\n"
    assert "Username" in kubectl("auth", "whoami").stdout


def test_the_cluster_tells_what_it_serves(kubectl: Kubectl) -> None:
    names = kubectl("api-resources", "-o", "name").stdout.split()
    assert {"pods", "deployments.apps", "ingresses.networking.k8s.io"} <= set(names)
    assert "apps/v1" in kubectl("api-versions").stdout.split()
    assert "Kubernetes control plane" in kubectl("cluster-info").stdout


def test_proxy_passes_requests_on(running: Cluster) -> None:
    command = [kubectl_path(), "proxy", "--port=0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=running.environment
    ) as proxy:
        assert proxy.stdout is not None
        address = proxy.stdout.readline().split()[-1]
        with urlopen(f"http://{address}/version", timeout=10) as answer:
            assert json.load(answer)["major"] == "1"
        proxy.terminate()


def test_a_signing_request_is_approved(kubectl: Kubectl, tmp_path: Path) -> None:
    kubectl("apply", "-f-", stdin=signing_request())
    try:
        kubectl("certificate", "approve", "learner")
        assert "Approved" in kubectl("get", "csr", "learner").stdout
    finally:
        kubectl("delete", "csr", "learner")


def test_top_shows_what_nodes_and_pods_use(kubectl: Kubectl, web: str) -> None:
    eventually(lambda: "%" in kubectl("top", "node").stdout, timeout=30, interval=0.5)

    def pods() -> bool:
        return web in (kubectl("top", "pod").stdout or "")

    eventually(pods, timeout=40, interval=0.5)


def signing_request() -> str:
    """A CertificateSigningRequest for a key made here."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "learner")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, SHA256())
    pem = base64.b64encode(made.public_bytes(Encoding.PEM)).decode()
    return f"""\
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {{name: learner}}
spec:
  request: {pem}
  signerName: example.com/lab
  usages: [client auth]
"""

"""The real kubectl, verb by verb."""

import json
import subprocess
from collections.abc import Callable

import pytest

from gitops_lab.kube.client import Client
from tests.waiting import eventually

Kubectl = Callable[..., subprocess.CompletedProcess[str]]

CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: main
        image: gitops-lab/web:1.0
        ports: [{containerPort: 8080}]
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
"""
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.shop.example}
spec:
  group: shop.example
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.copies, statusReplicasPath: .status.copies}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, description: How big it is.}
              colour: {type: string, default: blue}
              copies: {type: integer}
          status:
            type: object
            properties: {copies: {type: integer}}
"""
WIDGET = """\
apiVersion: shop.example/v1
kind: Widget
metadata: {name: one}
spec: {size: 3}
"""


def test_version_names_the_embedded_server(kubectl: Kubectl) -> None:
    assert "Server Version: v1.37.0+embedded" in kubectl("version").stdout


def test_apply_creates_changes_and_leaves_alone(kubectl: Kubectl) -> None:
    assert "created" in kubectl("apply", "-f-", stdin=CONFIG_MAP).stdout
    assert "unchanged" in kubectl("apply", "-f-", stdin=CONFIG_MAP).stdout
    changed = CONFIG_MAP.replace("blue", "green")
    assert "configured" in kubectl("apply", "-f-", stdin=changed).stdout
    shown = kubectl("get", "configmap", "settings", "-o", "jsonpath={.data.colour}").stdout
    assert shown == "green"


@pytest.mark.parametrize("manifest", [CONFIG_MAP, DEPLOYMENT, SERVICE])
def test_server_side_apply_is_stable(kubectl: Kubectl, manifest: str) -> None:
    kubectl("apply", "--server-side", "-f-", stdin=manifest)
    before = kubectl("get", "-f-", "-o", "json", stdin=manifest).stdout
    kubectl("apply", "--server-side", "-f-", stdin=manifest)
    after = kubectl("get", "-f-", "-o", "json", stdin=manifest).stdout
    version = json.loads(before)["metadata"]["resourceVersion"]
    assert json.loads(after)["metadata"]["resourceVersion"] == version


def test_server_side_apply_tells_conflicts(kubectl: Kubectl) -> None:
    kubectl("apply", "--server-side", "-f-", stdin=CONFIG_MAP)
    theirs = CONFIG_MAP.replace("blue", "red")
    arguments = ("apply", "--server-side", "--field-manager=other", "-f-")
    refused = kubectl(*arguments, stdin=theirs, fails=True)
    assert 'conflict with "kubectl": .data.colour' in refused.stderr
    kubectl(*arguments, "--force-conflicts", stdin=theirs)


def test_managed_fields_say_who_wrote_what(kubectl: Kubectl) -> None:
    kubectl("apply", "-f-", stdin=CONFIG_MAP)
    shown = kubectl("get", "configmap", "settings", "--show-managed-fields", "-o", "json").stdout
    (managed,) = json.loads(shown)["metadata"]["managedFields"]
    assert managed["manager"] == "kubectl-client-side-apply"
    assert managed["fieldsV1"]["f:data"] == {".": {}, "f:colour": {}}


@pytest.mark.parametrize(
    "arguments",
    [
        ("configmap", "one", "--from-literal=a=b"),
        ("secret", "generic", "one", "--from-literal=a=b"),
        ("deployment", "one", "--image=gitops-lab/web:1.0", "--replicas=2"),
        ("service", "nodeport", "one", "--tcp=80:8080"),
        ("serviceaccount", "one"),
        ("role", "one", "--verb=get", "--resource=pods"),
        ("quota", "one", "--hard=pods=3"),
    ],
)
def test_create_sends_protobuf_and_is_understood(
    kubectl: Kubectl, arguments: tuple[str, ...]
) -> None:
    assert "created" in kubectl("create", *arguments).stdout
    kind = "quota" if arguments[0] == "quota" else arguments[0]
    shown = kubectl("get", kind, "one", "-o", "name").stdout
    assert shown.endswith("/one\n")


def test_get_prints_the_servers_columns(kubectl: Kubectl) -> None:
    kubectl("apply", "-f-", stdin=DEPLOYMENT)
    plain, wide = kubectl("get", "deployment"), kubectl("get", "deployment", "-o", "wide")
    assert plain.stdout.split() == [
        "NAME",
        "READY",
        "UP-TO-DATE",
        "AVAILABLE",
        "AGE",
        "web",
        "0/2",
        "0",
        "0",
        "0s",
    ] or plain.stdout.split()[5:7] == ["web", "0/2"]
    assert "gitops-lab/web:1.0" in wide.stdout


def test_watching_get_shows_changes(kubectl: Kubectl, client: Client, namespace: str) -> None:
    kubectl("apply", "-f-", stdin=CONFIG_MAP)
    shown = kubectl(
        "get", "configmap", "settings", "--watch", "--request-timeout=1s", "-o", "name"
    ).stdout
    assert shown.startswith("configmap/settings")


def test_describe(kubectl: Kubectl) -> None:
    kubectl("apply", "-f-", stdin=SERVICE)
    shown = kubectl("describe", "service", "web").stdout
    assert "IP Family Policy:         SingleStack" in shown


def test_edit_opens_and_keeps(kubectl: Kubectl) -> None:
    kubectl("apply", "-f-", stdin=CONFIG_MAP)
    assert "no changes made" in kubectl("edit", "configmap", "settings").stderr


def test_scale_and_rollout(kubectl: Kubectl) -> None:
    kubectl("apply", "-f-", stdin=DEPLOYMENT)
    kubectl("scale", "deployment/web", "--replicas=5")
    shown = kubectl("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}").stdout
    assert shown == "5"
    kubectl("set", "image", "deployment/web", "main=gitops-lab/web:1.1")
    assert "restarted" in kubectl("rollout", "restart", "deployment/web").stdout
    assert "paused" in kubectl("rollout", "pause", "deployment/web").stdout
    waiting = kubectl("rollout", "status", "deployment/web", "--timeout=1s", fails=True)
    assert "Waiting for deployment" in waiting.stdout
    assert "resumed" in kubectl("rollout", "resume", "deployment/web").stdout


def test_wait_ends_when_the_condition_comes(
    kubectl: Kubectl, client: Client, namespace: str
) -> None:
    kubectl("apply", "-f-", stdin=DEPLOYMENT)
    condition = {"type": "Available", "status": "True"}
    key = client.get("apps/v1", "Deployment", "web", namespace)
    client.patch(key, {"status": {"conditions": [condition]}}, subresource="status")
    kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=10s")


def test_diff_shows_what_apply_would_do(kubectl: Kubectl) -> None:
    kubectl("apply", "-f-", stdin=CONFIG_MAP)
    kubectl("diff", "-f-", stdin=CONFIG_MAP)
    shown = kubectl("diff", "-f-", stdin=CONFIG_MAP.replace("blue", "green"), fails=True).stdout
    assert "-  colour: blue" in shown
    assert "+  colour: green" in shown


def test_explain_reads_the_schemas(kubectl: Kubectl) -> None:
    shown = kubectl("explain", "deployment.spec.replicas").stdout
    assert "FIELD: replicas <integer>" in shown


def test_label_annotate_and_patch(kubectl: Kubectl) -> None:
    kubectl("apply", "-f-", stdin=CONFIG_MAP)
    kubectl("label", "configmap", "settings", "team=a")
    kubectl("annotate", "configmap", "settings", "note=b")
    for kind, patch in (
        ("strategic", '{"data":{"one":"1"}}'),
        ("merge", '{"data":{"two":"2"}}'),
        ("json", '[{"op":"add","path":"/data/three","value":"3"}]'),
    ):
        kubectl("patch", "configmap", "settings", f"--type={kind}", "-p", patch)
    shown = json.loads(kubectl("get", "configmap", "-l", "team=a", "-o", "json").stdout)
    (item,) = shown["items"]
    assert item["data"] == {"colour": "blue", "one": "1", "two": "2", "three": "3"}
    assert item["metadata"]["annotations"]["note"] == "b"


def test_replace_and_dry_run(kubectl: Kubectl) -> None:
    kubectl("create", "-f-", stdin=CONFIG_MAP)
    changed = CONFIG_MAP.replace("blue", "green")
    dry = kubectl(
        "apply", "--dry-run=server", "--server-side", "--force-conflicts", "-f-", stdin=changed
    )
    assert "serverside-applied (server dry run)" in dry.stdout
    kubectl("replace", "-f-", stdin=changed)
    shown = kubectl("get", "configmap", "settings", "-o", "jsonpath={.data.colour}").stdout
    assert shown == "green"


def test_delete_waits_until_it_is_gone(kubectl: Kubectl) -> None:
    kubectl("apply", "-f-", stdin=CONFIG_MAP)
    assert "deleted" in kubectl("delete", "configmap", "settings", "--timeout=10s").stdout
    gone = kubectl("get", "configmap", "settings", fails=True)
    assert 'configmaps "settings" not found' in gone.stderr


def test_an_invalid_object_names_its_fields(kubectl: Kubectl) -> None:
    broken = DEPLOYMENT.replace("matchLabels: {app: web}", "matchLabels: {app: other}")
    refused = kubectl("apply", "-f-", stdin=broken, fails=True)
    assert 'The Deployment "web" is invalid: spec.template.metadata.labels' in refused.stderr
    unknown = kubectl("apply", "-f-", stdin=CONFIG_MAP.replace("\ndata:", "\ndatta:"), fails=True)
    assert 'unknown field "datta"' in unknown.stderr


def test_events_are_listed_for_an_object(kubectl: Kubectl, client: Client, namespace: str) -> None:
    kubectl("apply", "-f-", stdin=CONFIG_MAP)
    involved = {"apiVersion": "v1", "kind": "ConfigMap", "name": "settings"}
    client.create(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "settings.1", "namespace": namespace},
            "involvedObject": {**involved, "namespace": namespace},
            "reason": "Tested",
            "message": "it was seen",
            "type": "Normal",
        }
    )
    assert "it was seen" in kubectl("events", "--for", "configmap/settings").stdout


def test_custom_resources_from_definition_to_deletion(kubectl: Kubectl) -> None:
    kubectl("apply", "-f-", stdin=DEFINITION)
    crd = "crd/widgets.shop.example"
    kubectl("wait", "--for=condition=Established", crd, "--timeout=10s")
    kubectl("apply", "-f-", stdin=WIDGET)
    shown = kubectl("get", "wd", "one").stdout.split()
    assert shown == ["NAME", "SIZE", "one", "3"]
    assert kubectl("get", "wd", "one", "-o", "jsonpath={.spec.colour}").stdout == "blue"
    refused = kubectl("apply", "-f-", stdin=WIDGET.replace("3", "0"), fails=True)
    assert "spec.size in body should be greater than or equal to 1" in refused.stderr
    kubectl("scale", "wd/one", "--replicas=4")
    assert kubectl("get", "wd", "one", "-o", "jsonpath={.spec.copies}").stdout == "4"
    assert "How big it is." in kubectl("explain", "widget.spec.size").stdout
    kubectl("apply", "--server-side", "--force-conflicts", "-f-", stdin=WIDGET)
    kubectl("delete", crd, "--timeout=10s")
    eventually(lambda: "not found" in kubectl("get", crd, fails=True).stderr)


def test_who_can_what(kubectl: Kubectl) -> None:
    assert kubectl("auth", "can-i", "list", "pods").stdout.strip() == "yes"
    assert "admin" in kubectl("auth", "whoami").stdout

"""Kustomization: what goes wrong, in Flux's reasons and words."""

from typing import Any

import pytest

from gitops_lab.kube.errors import Invalid
from gitops_lab.kube.objects import condition_of
from gitops_lab.kube.yamls import dump
from tests.dialects.flux.world import FluxWorld, ready_of
from tests.engine.world import config_yaml

KIND = "Kustomization"
GOOD = config_yaml("one", a="1")
DEPLOYMENT = dump(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "gitops-lab/web:1.0"}]},
            },
        },
    }
)


@pytest.mark.parametrize(
    ("files", "spec", "reason", "told"),
    [
        ({}, {"path": "./nope"}, "ArtifactFailed", "kustomization path not found: stat nope:"),
        ({"deploy/values.yaml": "a: 1\n"}, {}, "BuildFailed", "failed to decode Kubernetes YAML"),
        ({"deploy/bad.yaml": "a: ["}, {}, "BuildFailed", "failed to decode Kubernetes YAML"),
        (
            {"deploy/kustomization.yaml": "resources: [missing.yaml]\n"},
            {},
            "BuildFailed",
            "kustomize build failed: accumulating resources",
        ),
        (
            {"deploy/kustomization.yaml": "resources: [https://example.com/a//b]\n"},
            {},
            "BuildFailed",
            "is remote; only files of the same repository are built",
        ),
        (
            {"deploy/one.yaml": config_yaml("one", a="${unset}")},
            {"postBuild": {"substitute": {"other": "1"}}},
            "BuildFailed",
            "post build failed for 'ConfigMap.v1.[noGrp]/one': envsubst error: variable "
            'substitution failed: variable not set (strict mode): "unset"',
        ),
        (
            {},
            {"postBuild": {"substituteFrom": [{"kind": "ConfigMap", "name": "no"}]}},
            "BuildFailed",
            "substitute from 'ConfigMap/no' error: ",
        ),
        (
            {"deploy/x.yaml": GOOD.replace("v1", "example.com/v1").replace("one", "x")},
            {},
            "ReconciliationFailed",
            'no matches for kind "ConfigMap" in version "example.com/v1"',
        ),
        ({}, {"targetNamespace": "gone"}, "ReconciliationFailed", 'namespaces "gone" not found'),
        (
            {"deploy/x.yaml": DEPLOYMENT.replace("containers", "boxes")},
            {},
            "ReconciliationFailed",
            "dry-run failed",
        ),
        ({}, {"sourceRef": {"kind": "GitRepository", "name": "no"}}, "ArtifactFailed", "not found"),
        ({}, {"components": ["/etc"]}, "BuildFailed", "component path '/etc' must be local"),
        (
            {},
            {"decryption": {"provider": "sops", "secretRef": {"name": "no"}}},
            "BuildFailed",
            "no",
        ),
    ],
)
def test_a_failure_names_its_reason_and_is_tried_again(
    flux: FluxWorld, files: dict[str, str], spec: dict[str, Any], reason: str, told: str
) -> None:
    flux.repo({"deploy/one.yaml": GOOD, **files})
    flux.git()
    flux.until_ready("GitRepository")
    flux.kustomization(**spec)
    obj = flux.until_ready(KIND, "False")
    assert ready_of(obj)[1] == reason
    assert told in ready_of(obj)[2]
    assert "lastAppliedRevision" not in obj["status"]
    assert obj["status"]["observedGeneration"] == -1
    assert condition_of(obj, "Stalled") is None


@pytest.mark.parametrize(
    ("spec", "reason", "told"),
    [
        ({"kubeConfig": {"secretRef": {"name": "x"}}}, "UnsupportedField", "spec.kubeConfig"),
        (
            {"sourceRef": {"kind": "Bucket", "name": "x"}},
            "UnsupportedField",
            "spec.sourceRef.kind",
        ),
        (
            {"sourceRef": {"kind": "ExternalArtifact", "name": "x"}},
            "AccessDenied",
            "ExternalArtifact feature gate is disabled",
        ),
        (
            {"decryption": {"provider": "sops", "serviceAccountName": "x"}},
            "FeatureGateDisabled",
            "ObjectLevelWorkloadIdentity",
        ),
        (
            {"healthCheckExprs": [{"apiVersion": "a/v1", "kind": "A", "current": "status.("}]},
            "InvalidCELExpression",
            "Reconciliation failed terminally",
        ),
    ],
)
def test_what_can_never_work_is_stalled_and_said(
    flux: FluxWorld, spec: dict[str, Any], reason: str, told: str
) -> None:
    flux.repo({"deploy/one.yaml": GOOD})
    flux.git()
    flux.kustomization(**spec)
    obj = flux.until_ready(KIND, "False")
    assert ready_of(obj)[1] == reason
    assert told in ready_of(obj)[2]
    assert (condition_of(obj, "Stalled") or {})["reason"] == reason
    assert obj["status"]["observedGeneration"] == 1


@pytest.mark.parametrize(
    "spec",
    [
        {"prune": None},
        {"interval": "often"},
        {"sourceRef": {"kind": "HelmRepository", "name": "x"}},
        {"deletionPolicy": "Never"},
        {"namePrefix": ""},
        {"kubeConfig": {}},
    ],
)
def test_the_api_refuses_what_flux_would_refuse(flux: FluxWorld, spec: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        flux.kustomization(**spec)


def test_an_object_without_a_namespace_is_not_put_anywhere(flux: FluxWorld) -> None:
    flux.repo({"deploy/one.yaml": GOOD})
    flux.git()
    flux.until_ready("GitRepository")
    flux.create(
        KIND,
        "web",
        sourceRef={"kind": "GitRepository", "name": "web"},
        path="deploy",
        interval="10m",
        prune=True,
    )
    obj = flux.until_ready(KIND, "False")
    assert ready_of(obj)[2].startswith("ConfigMap/one namespace not specified: ")


def test_a_sync_is_not_atomic_and_says_what_it_did(flux: FluxWorld) -> None:
    definition = dump(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": f"{flux.namespace}-half"},
            "rules": [],
        }
    )
    bad = DEPLOYMENT.replace("app: web", "app: other", 1)
    flux.repo({"deploy/role.yaml": definition, "deploy/bad.yaml": bad})
    flux.git()
    flux.until_ready("GitRepository")
    flux.kustomization()
    obj = flux.until_ready(KIND, "False")
    message = ready_of(obj)[2]
    assert message.startswith(f"Deployment/{flux.namespace}/web dry-run failed (Invalid): ")
    assert f"ClusterRole/{flux.namespace}-half created" in message
    assert flux.client.get("rbac.authorization.k8s.io/v1", "ClusterRole", f"{flux.namespace}-half")
    assert "inventory" not in obj["status"]
    assert obj["status"]["history"][0]["lastReconciledStatus"] == "ReconciliationFailed"


def test_an_immutable_field_needs_force(flux: FluxWorld) -> None:
    flux.repo({"deploy/web.yaml": DEPLOYMENT})
    flux.git()
    flux.kustomization()
    flux.until_ready(KIND)
    first = flux.client.get("apps/v1", "Deployment", "web", flux.namespace)["metadata"]["uid"]
    sha = flux.push({"deploy/web.yaml": DEPLOYMENT.replace("app: web", "app: other")})
    obj = flux.until_ready(KIND, "False")
    assert "field is immutable" in ready_of(obj)[2]
    flux.patch(KIND, {"spec": {"force": True}})
    flux.until(KIND, lambda obj: sha in obj["status"]["lastAppliedRevision"])
    again = flux.client.get("apps/v1", "Deployment", "web", flux.namespace)
    assert again["metadata"]["uid"] != first


def test_health_is_waited_for_and_its_lack_is_said(flux: FluxWorld) -> None:
    """Nobody runs the Deployment here, so it never gets ready; a ConfigMap is well at once."""
    flux.repo({"deploy/one.yaml": GOOD, "other/web.yaml": DEPLOYMENT})
    flux.git()
    flux.kustomization(wait=True)
    obj = flux.until_ready(KIND)
    healthy = condition_of(obj, "Healthy") or {}
    assert (healthy["status"], healthy["reason"]) == ("True", "Succeeded")
    assert healthy["message"].startswith("Health check passed in ")
    checks = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "no", "namespace": flux.namespace}]
    flux.kustomization("other", path="./other", healthChecks=checks, timeout="30s")
    obj = flux.until(KIND, lambda obj: condition_of(obj, "Healthy"), "other")
    told = (condition_of(obj, "Reconciling") or {})["message"]
    assert told.startswith("Running health checks for revision main@sha1:")
    assert told.endswith(" with a timeout of 30s")

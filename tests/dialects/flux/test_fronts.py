"""Kustomizations and HelmReleases, read as Apps."""

from typing import Any

import pytest

from gitops_lab.dialects.flux.fronts import fronts
from gitops_lab.dialects.flux.standing import status_of
from gitops_lab.engine.form import as_native
from gitops_lab.kube import Client, Object

SHA = "a" * 40


class Home(Client):
    """A cluster with one GitRepository."""

    def __init__(self) -> None:
        """There is no server."""

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> Object:
        assert (kind, name, namespace) == ("GitRepository", "web", "flux-system")
        return {"spec": {"url": "http://git/web.git", "ref": {"tag": "v1"}}}


KUSTOMIZATIONS, RELEASES = fronts(Home(), lambda url: "web" if "web" in url else None)


def kustomization(ready: str, **spec: Any) -> Object:
    condition = {"type": "Ready", "status": ready, "reason": "ReconciliationSucceeded"}
    return {
        "metadata": {"namespace": "flux-system", "name": "web", "generation": 3},
        "spec": {
            "path": "./deploy",
            "prune": True,
            "sourceRef": {"kind": "GitRepository", "name": "web"},
            **spec,
        },
        "status": {
            "conditions": [{**condition, "message": "Applied revision"}],
            "lastAppliedRevision": f"main@sha1:{SHA}",
            "inventory": {"entries": [{"id": "web_a_apps_Deployment", "v": "v1"}]},
        },
    }


def test_what_it_asks_for() -> None:
    app = KUSTOMIZATIONS.app(kustomization("True", targetNamespace="shop"))
    assert (app.source.repo, app.source.revision, app.source.path) == ("web", "v1", "deploy")
    assert app.destination.namespace == "shop"
    assert app.id == "flux-kustomization:flux-system/web"


def test_how_it_stands() -> None:
    status = status_of(kustomization("True"))
    assert (status.sync, status.health.status, status.revision) == ("Synced", "Healthy", SHA)
    assert [str(row.key) for row in status.objects] == ["apps/Deployment/web/a"]
    broken = status_of(kustomization("False"))
    assert broken.failed
    assert broken.sync == "OutOfSync"
    assert status_of(kustomization("True", suspend=True)).reason == "Suspended"


def test_who_it_waits_for() -> None:
    needs = list(KUSTOMIZATIONS.needs(kustomization("True", dependsOn=[{"name": "db"}])))
    assert needs == ["flux-kustomization:flux-system/db"]


def test_a_release_of_a_chart_in_git() -> None:
    chart = {
        "spec": {"chart": "./charts/web", "sourceRef": {"kind": "GitRepository", "name": "web"}}
    }
    obj = kustomization("True")
    obj["spec"] = {"chart": chart}
    made = as_native(RELEASES, obj)
    assert made["kind"] == "GitOpsApp"
    assert made["spec"]["source"]["path"] == "charts/web"


def failing(reason: str, message: str, **status: Any) -> Object:
    obj = kustomization("False")
    condition = {"type": "Ready", "status": "False", "reason": reason, "message": message}
    attempted = {"lastAttemptedRevision": f"main@sha1:{'b' * 40}"}
    obj["status"] = {**obj["status"], **attempted, **status, "conditions": [condition]}
    return obj


@pytest.mark.parametrize(
    ("reason", "message", "stage"),
    [
        ("ArtifactFailed", "Source artifact not found", "source"),
        ("BuildFailed", "kustomize build failed", "render"),
        ("ReconciliationFailed", 'dry-run failed: no matches for kind "X" in version "y"', "plan"),
        ("ReconciliationFailed", "Deployment/web/a dry-run failed (Invalid)", "apply"),
        ("HealthCheckFailed", "timeout waiting for: []", "health"),
    ],
)
def test_where_it_went_wrong(reason: str, message: str, stage: str) -> None:
    status = status_of(failing(reason, message))
    assert status.stage == stage
    assert status.revision == "b" * 40
    assert status.failed == (stage != "health")


def test_a_failed_health_check_is_of_objects_that_were_written() -> None:
    told = "timeout waiting for: [Deployment/web/a status: 'InProgress']"
    row = {
        "lastReconciled": "2026-01-01T00:00:10Z",
        "lastReconciledStatus": "HealthCheckFailed",
        "metadata": {"revision": f"main@sha1:{'b' * 40}"},
    }
    status = status_of(failing("HealthCheckFailed", told, history=[row]))
    assert (status.sync, status.health.status) == ("Synced", "Degraded")
    [seen] = status.objects
    assert seen.health is not None
    assert seen.health.status == "Progressing"
    assert (status.live_revision, status.history[-1].result) == ("b" * 40, "Failed")


def test_history_is_by_time_and_leaves_out_what_was_never_written() -> None:
    def row(at: str, result: str, sha: str) -> Object:
        revision = {"revision": f"main@sha1:{sha}"}
        return {"lastReconciled": at, "lastReconciledStatus": result, "metadata": revision}

    obj = kustomization("True")
    obj["status"]["history"] = [
        row("2026-01-01T00:00:30Z", "ReconciliationSucceeded", "c"),
        row("2026-01-01T00:00:20Z", "ReconciliationFailed", "b"),
        row("2026-01-01T00:00:10Z", "ReconciliationSucceeded", "a"),
    ]
    found = status_of(obj).history
    assert [entry.revision for entry in found] == ["a", "c"]
    assert found[1].id - found[0].id == 20


def test_a_unit_for_another_cluster_is_told_by_its_secret() -> None:
    away = kustomization("True", kubeConfig={"secretRef": {"name": "prod-kubeconfig"}})
    assert KUSTOMIZATIONS.app(away).destination.cluster == "prod"

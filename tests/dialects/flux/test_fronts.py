"""Kustomizations and HelmReleases, read as Apps."""

from typing import Any

from gitops_lab.dialects.flux.fronts import fronts, status_of
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

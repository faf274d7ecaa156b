"""A GitOpsApp as Argo CD's and Flux's resources: they ask for the same, or a note says what not."""

from dataclasses import replace
from typing import Any

from gitops_lab.dialects.argocd.application.front import ApplicationFront
from gitops_lab.dialects.export import HELM, KUSTOMIZE, Exported, Setting, as_argocd, as_flux
from gitops_lab.dialects.urls import Urls
from gitops_lab.engine.app import App
from gitops_lab.engine.form import as_native
from tests.engine.objects import make_app

URLS = Urls(lambda: 1234, lambda: ["web", "more"])
FRONT = ApplicationFront(URLS.repo_of)


def setting(kind: str = "folder") -> Setting:
    return Setting(URLS.git_url, lambda source: kind, lambda source: source.revision == "v1")


def read_back(made: Exported) -> App:
    obj = made.objects[0]
    return FRONT.app({**obj, "metadata": {**obj["metadata"], "generation": 1}})


def flux(app: App, kind: str = "folder") -> tuple[dict[str, Any], dict[str, Any]]:
    source, unit = as_flux(app, setting(kind)).objects
    return source["spec"], unit["spec"]


def test_an_application_asks_for_the_same() -> None:
    app = make_app(
        source={"repo": "web", "path": "deploy", "revision": "1.x"},
        destination={"namespace": "shop", "createNamespace": True},
        syncPolicy={"automated": True, "prune": True, "selfHeal": True},
    )
    same = read_back(as_argocd(app, setting()))
    # Argo CD passes over files that are no manifests.
    read = replace(app.source.directory, lenient=True, skip_mark="+argocd:skip-file-rendering")
    assert same.source == replace(app.source, directory=read)
    assert same.destination == app.destination
    assert same.sync_policy == app.sync_policy


def test_options_of_kustomize_and_helm_are_taken_along() -> None:
    kustomize = {"namePrefix": "x-", "images": ["web:2"], "labels": {"team": "a"}}
    app = make_app(source={"repo": "web", "kustomize": kustomize})
    assert read_back(as_argocd(app, setting(KUSTOMIZE))).source.kustomize == app.source.kustomize
    helm = {"releaseName": "r", "values": {"a": 1}, "valueFiles": ["$v/a.yaml"]}
    app = make_app(
        source={"repo": "web", "helm": helm},
        additionalSources=[{"repo": "more", "ref": "v"}],
    )
    same = read_back(as_argocd(app, setting(HELM)))
    assert same.source.helm == app.source.helm
    assert same.source.others[0].ref == "v"


def test_what_argo_cd_can_not_say_is_told() -> None:
    app = make_app(dependsOn=[{"name": "db"}], postBuild={"substitute": {"a": "b"}})
    notes = " ".join(as_argocd(app, setting()).lost)
    assert "dependsOn:" in notes
    assert "postBuild:" in notes


def test_a_manual_app_is_a_manual_application_and_a_suspended_kustomization() -> None:
    app = make_app()
    assert "automated" not in as_argocd(app, setting()).objects[0]["spec"]["syncPolicy"]
    assert flux(app)[1]["suspend"] is True
    assert any("suspended" in note for note in as_flux(app, setting()).lost)


def test_a_kustomization_says_prune_even_when_it_is_off_and_what_it_depends_on() -> None:
    app = make_app(
        source={"repo": "web", "path": "deploy"},
        syncPolicy={"automated": True},
        dependsOn=[{"name": "db"}],
    )
    source, unit = flux(app)
    assert source["url"] == "http://127.0.0.1:1234/web.git"
    assert source["ref"] == {"branch": "main"}
    assert (unit["path"], unit["prune"], unit["wait"]) == ("./deploy", False, True)
    assert unit["dependsOn"] == [{"name": "db"}]


def test_a_revision_is_a_branch_a_tag_a_range_or_a_commit() -> None:
    def ref(revision: str) -> Any:
        app = make_app()
        return flux(replace(app, source=replace(app.source, revision=revision)))[0]["ref"]

    assert ref("v1") == {"tag": "v1"}
    assert ref(">=1.0 <2.0") == {"semver": ">=1.0 <2.0"}
    assert ref("a" * 40) == {"commit": "a" * 40}


def test_a_chart_is_a_helm_release() -> None:
    app = make_app(source={"repo": "web", "path": "chart", "helm": {"values": {"a": 1}}})
    made = as_flux(app, setting(HELM))
    assert made.objects[1]["kind"] == "HelmRelease"
    assert made.objects[1]["spec"]["values"] == {"a": 1}
    assert made.objects[1]["spec"]["chart"]["spec"]["chart"] == "./chart"


def test_a_commit_that_changes_nothing_of_an_application_is_in_the_cluster_all_the_same() -> None:
    made = as_argocd(make_app(source={"repo": "web", "path": "deploy"}), setting()).objects[0]
    history = [{"id": 0, "revision": "a1", "deployedAt": "2026-01-01T00:00:00Z"}]
    sync = {"status": "Synced", "revision": "b2"}
    status = {"sync": sync, "health": {"status": "Healthy"}, "history": history}
    obj = {**made, "metadata": {**made["metadata"], "generation": 1}, "status": status}
    assert as_native(FRONT, obj)["status"]["sync"]["revision"] == "b2"
    obj["status"] = {**status, "sync": {**sync, "status": "OutOfSync"}}
    assert as_native(FRONT, obj)["status"]["sync"]["revision"] == "a1"


def test_the_cluster_of_the_applications_may_have_any_name() -> None:
    made = as_argocd(make_app(source={"repo": "web"}), setting()).objects[0]
    front = ApplicationFront(URLS.repo_of, home="dev")
    obj = {**made, "metadata": {**made["metadata"], "generation": 1}}
    assert front.app(obj).destination.cluster == "dev"

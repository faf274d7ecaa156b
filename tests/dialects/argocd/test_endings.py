"""Hooks of a deletion, and the addresses of a summary: pure."""

from gitops_lab.dialects.argocd.application.endings import (
    POST_DELETE,
    PRE_DELETE,
    with_finalizers,
)
from gitops_lab.dialects.argocd.application.urls import urls_of

CASCADE = "resources-finalizer.argocd.argoproj.io"
POST = "post-delete-finalizer.argocd.argoproj.io"


def hook(kind, name="argocd.argoproj.io/hook"):
    return {"kind": "Job", "metadata": {"name": "end", "annotations": {name: kind}}}


def test_a_hook_of_the_deletion_keeps_the_application_in_two_steps():
    found = with_finalizers([CASCADE], [hook("PostDelete")])
    assert found == [CASCADE, POST, f"{POST}/cleanup"]
    assert with_finalizers(found, []) == [CASCADE]
    assert with_finalizers(found, [hook("PostDelete")]) == found


def test_hooks_of_a_sync_keep_nothing():
    assert with_finalizers([CASCADE], [hook("PreSync"), hook("PostSync,PostDelete")]) == [CASCADE]


def test_helm_s_word_for_it_counts_too():
    assert POST_DELETE.is_one(hook("post-delete", "helm.sh/hook"))
    assert PRE_DELETE.is_one(hook("pre-delete", "helm.sh/hook"))
    assert not PRE_DELETE.is_one(hook("PostDelete"))


def test_the_first_finalizer_that_stands_there_is_next():
    assert POST_DELETE.next_of([CASCADE, f"{POST}/cleanup", POST]) == POST
    assert POST_DELETE.next_of([CASCADE, f"{POST}/cleanup"]) == f"{POST}/cleanup"
    assert POST_DELETE.next_of([CASCADE]) == ""


def ingress(spec, **status):
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web", "annotations": {"link.argocd.argoproj.io/docs": "https://d"}},
        "spec": spec,
        "status": status,
    }


def test_an_ingress_names_its_hosts_and_paths():
    paths = {"paths": [{"path": "/"}, {"path": "/api/*"}]}
    found = urls_of(ingress({"rules": [{"host": "web.example", "http": paths}]}))
    assert list(found) == ["https://d", "http://web.example/", "http://web.example/api/"]


def test_a_certificate_makes_it_https_and_the_balancer_lends_its_name():
    spec = {"tls": [{"secretName": "c"}], "rules": [{"http": {"paths": [{"path": "/x"}]}}]}
    there = ingress(spec, loadBalancer={"ingress": [{"ip": "192.0.2.7"}]})
    assert list(urls_of(there)) == ["https://d", "https://192.0.2.7/x"]
    assert list(urls_of(ingress(spec))) == ["https://d"]


def test_other_objects_name_only_their_links():
    assert list(urls_of({"apiVersion": "v1", "kind": "Service", "metadata": {}})) == []

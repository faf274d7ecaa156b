from gitops_lab.checks import (
    Both,
    HasField,
    HistoryContains,
    Named,
    RepositoryField,
    RunsImage,
    Synced,
    Told,
)

WEB = Named("Deployment", "web", "shop")
SERVICE = Named("Service", "web", "shop")
NEW = r"gitops-lab/web:2\.0"


def test_released(expect):
    """Release 2.0 went out"""
    out = HistoryContains("shop", "deploy/deployment.yaml", NEW, "version 2.0")
    expect(Both(out, RunsImage(WEB, "gitops-lab/web:2.0", app="shop"), Synced("shop")))


def test_cause(expect, parameters):
    """incident.yaml names what the Service looks for, in vain"""
    label = parameters["label"]
    cause = RepositoryField("shop", "incident.yaml", "selector", label)
    expect(Told(cause, expected="selector in incident.yaml is what the Service looks for"))
    expect(HasField(SERVICE, "spec.selector.app", label, app="shop"))

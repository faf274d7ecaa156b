from gitops_lab.checks import (
    Both,
    Either,
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
    ways = (label, {"app": label}, f"app={label}", f"app: {label}")
    said = [RepositoryField("shop", "incident.yaml", "selector", way) for way in ways]
    expected = "selector in incident.yaml is what the Service looks for"
    expect(Told(Either(*said), expected=expected))
    expect(HasField(SERVICE, "spec.selector.app", label, app="shop"))

from gitops_lab.checks import Both, HistoryContains, Named, RepositoryField, RunsImage, Told

WEB = Named("Deployment", "web", "shop")
NEW = r"gitops-lab/web:2\.0"


def test_released(expect):
    """Release 2.0 went out"""
    out = HistoryContains("shop", "deploy/deployment.yaml", NEW, "version 2.0")
    expect(
        Both(out, RunsImage(Named("Deployment", "web", "shop"), "gitops-lab/web:2.0", app="shop"))
    )


def test_cause(expect, parameters):
    """incident.yaml names what the Service looks for, in vain"""
    cause = RepositoryField("shop", "incident.yaml", "selector", parameters["label"])
    expect(Told(cause, expected="selector in incident.yaml is what the Service looks for"))

from gitops_lab.checks import Both, HasField, HistoryContains, Named, RunsImage, Synced

WEB = Named("Deployment", "web", "shop")
SETTINGS = Named("ConfigMap", "settings", "shop")
RELEASED = HistoryContains("shop", "deploy/deployment.yaml", r"web:1\.2\b", "version 1.2")


def test_released(expect):
    """Version 1.2 was released, and Git still tells of it"""
    expect(RELEASED)


def test_well(expect):
    """The shop runs version 1.1 again, because Git says so"""
    expect(Both(RunsImage(WEB, "gitops-lab/web:1.1", app="shop"), Synced("shop")))


def test_motto(expect, parameters):
    """The motto is still the new one"""
    expect(HasField(SETTINGS, "data.message", parameters["motto"], app="shop"))

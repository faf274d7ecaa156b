from gitops_lab.checks import Answers, Both, HasField, HistoryContains, Named, RunsImage, Synced

WEB = Named("Deployment", "web", "shop")
SETTINGS = Named("ConfigMap", "settings", "shop")
RELEASED = HistoryContains("shop", "deploy/deployment.yaml", r"web:1\.1\b", "version 1.1")


def test_version(expect):
    """The shop runs version 1.1, deployed by a commit"""
    expect(Both(RunsImage(WEB, "gitops-lab/web:1.1", app="shop"), Synced("shop")))
    expect(RELEASED)


def test_motto(expect, parameters):
    """The settings hold the new motto"""
    motto = HasField(SETTINGS, "data.message", parameters["motto"], app="shop")
    expect(Both(motto, Synced("shop")))


def test_page(expect):
    """The page answers with version 1.1"""
    page = Answers("web", "shop", fields={"version": "1.1"}, app="shop")
    expect(Both(RunsImage(WEB, "gitops-lab/web:1.1", app="shop"), page))

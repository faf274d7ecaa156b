from gitops_lab.checks import Answers, Both, Named, RunsImage, Synced

RUNS = RunsImage(Named("Deployment", "web", "shop"), "gitops-lab/web:1.1", app="shop")


def test_version(expect):
    """Version 1.1 runs"""
    page = Answers("web", "shop", fields={"version": "1.1"}, app="shop")
    expect(Both(RUNS, Synced("shop"), page))

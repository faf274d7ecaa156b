from gitops_lab.checks import Answers, Both, HistoryContains, Named, RunsImage, Synced

BAD = r"gitops-lab/web:1\.2"
RUNS = RunsImage(Named("Deployment", "web", "web"), "gitops-lab/web:1.1", app="web")


def test_history(expect):
    """Version 1.2 was released, and Git still tells of it"""
    expect(HistoryContains("web", "deploy/deployment.yaml", BAD, "version 1.2"))


def test_page(expect):
    """Version 1.1 is back"""
    page = Answers("web", "web", fields={"version": "1.1"}, app="web")
    expect(Both(RUNS, Synced("web"), page))

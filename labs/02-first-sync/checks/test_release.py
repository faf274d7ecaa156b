from gitops_lab.checks import Answers, Both, Named, RunsImage, Synced

RUNS = RunsImage(Named("Deployment", "web", "web"), "gitops-lab/web:1.1", app="web")


def test_deployment(expect):
    """The Deployment runs version 1.1, and Git says so"""
    expect(Both(RUNS, Synced("web")))


def test_page(expect):
    """The page is green"""
    answers = Answers("web", "web", fields={"version": "1.1", "colour": "green"}, app="web")
    expect(Both(RUNS, answers))

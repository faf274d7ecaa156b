from gitops_lab.checks import Answers, Both, Named, RunsImage, Told

WEB = Named("Deployment", "web", "first")


def test_version(expect):
    """Version 1.1 runs, and answers"""
    runs = Both(
        RunsImage(WEB, "gitops-lab/web:1.1"), Answers("web", "first", fields={"version": "1.1"})
    )
    expect(Told(runs, next="Change the wish, and hand it in again."))

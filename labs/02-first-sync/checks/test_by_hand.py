from gitops_lab.checks import DriftHealed, Named

WEB = Named("Deployment", "web", "web")


def test_healed(expect):
    """Your change by hand was taken back"""
    expect(DriftHealed("web", WEB))

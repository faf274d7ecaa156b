from gitops_lab.checks import Both, DriftHealed, HasReplicas, Named

WEB = Named("Deployment", "web", "shop")


def test_healed(expect):
    """Your change by hand was taken back"""
    expect(Both(DriftHealed("shop", WEB), HasReplicas(WEB, 2, app="shop")))

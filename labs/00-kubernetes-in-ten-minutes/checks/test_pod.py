from gitops_lab.checks import Both, HasReplicas, Named, PodReplaced, Told

WEB = Named("Deployment", "web", "first")


def test_replaced(expect):
    """A pod was deleted, and another one stands in for it"""
    replaced = Both(PodReplaced(WEB), HasReplicas(WEB, 2))
    expect(Told(replaced, next="Delete one of the two pods, and only that."))

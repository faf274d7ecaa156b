from gitops_lab.checks import Both, Healthy, Manages, Named, OwnedByGit, Synced, Untouched

WEB = Named("Deployment", "web", "shop")
SERVICE = Named("Service", "web", "shop")


def test_managed(expect):
    """The engine looks after the shop, and Git says what it says"""
    mine = (Manages("shop", WEB), Manages("shop", SERVICE), Synced("shop"), Healthy("shop"))
    expect(Both(*mine, OwnedByGit(WEB, "spec.replicas", app="shop")))


def test_untouched(expect):
    """Nothing was deleted on the way"""
    expect(Both(Untouched(WEB, app="shop"), Untouched(SERVICE, app="shop")))


def test_pods(world):
    """No visitor has noticed: the pods are the old ones"""
    pods = world.client().list("v1", "Pod", "shop").items
    known = {stood.uid for stood in world.since.objects.values()}
    new = [pod["metadata"]["name"] for pod in pods if pod["metadata"]["uid"] not in known]
    assert new == [], "Git described something else than what ran, so the pods were replaced."

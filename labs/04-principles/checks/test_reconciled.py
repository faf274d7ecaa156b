from gitops_lab.checks import Both, DriftHealed, HasField, HasReplicas, Named, Told

APP = Named("App", "shop", "gitops")
WEB = Named("Deployment", "web", "shop")


def test_heals(expect):
    """The engine may take drift back"""
    heals = HasField(APP, "spec.syncPolicy.selfHeal", True)
    expect(Told(heals, link="diff", next="Set `syncPolicy.selfHeal` of the GitOpsApp to true."))


def test_healed(expect):
    """A change by hand was taken back"""
    expect(Both(DriftHealed("shop", WEB), HasReplicas(WEB, 2, app="shop")))

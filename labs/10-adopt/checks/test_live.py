from gitops_lab.checks import Answers, Both, HasField, Named, RunsImage, Synced, Told, Untouched

APP = Named("App", "shop", "gitops")
WEB = Named("Deployment", "web", "shop")


def test_automated(expect):
    """The engine fetches by itself and mends"""
    modes = [HasField(APP, f"spec.syncPolicy.{name}", True) for name in ("automated", "selfHeal")]
    do = "Set `automated` and `selfHeal` of the GitOpsApp to true."
    expect(Told(Both(*modes), link="diff", next=do))


def test_release(expect):
    """Version 2.0 came by a commit, into the old Deployment"""
    runs = RunsImage(WEB, "gitops-lab/web:2.0", app="shop")
    answers = Answers("web", "shop", fields={"version": "2.0"}, app="shop")
    expect(Both(runs, Synced("shop"), Untouched(WEB, app="shop"), answers))

from gitops_lab.checks import Both, HasField, Named, RunsImage, Synced, Told

APP = Named("App", "shop", "gitops")
WEB = Named("Deployment", "web", "shop")


def test_automated(expect):
    """The engine fetches by itself"""
    automated = HasField(APP, "spec.syncPolicy.automated", True)
    expect(
        Told(automated, link="diff", next="Set `syncPolicy.automated` of the GitOpsApp to true.")
    )


def test_released(expect):
    """Version 1.1 is out, as Git says"""
    expect(Both(RunsImage(WEB, "gitops-lab/web:1.1", app="shop"), Synced("shop")))

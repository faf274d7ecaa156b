from gitops_lab.checks import Both, HasField, Named, OwnedByGit, Synced

SETTINGS = Named("ConfigMap", "settings", "shop")


def test_text(expect, parameters):
    """The banner announces the offer"""
    said = HasField(SETTINGS, "data.banner", parameters["offer"], app="shop")
    expect(Both(said, Synced("shop")))


def test_owned(expect):
    """The banner comes from Git"""
    expect(OwnedByGit(SETTINGS, "data.banner", app="shop"))

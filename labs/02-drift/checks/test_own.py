from gitops_lab.checks import HasField, Named, OwnedByGit

SETTINGS = Named("ConfigMap", "settings", "shop")


def test_text(expect, parameters):
    """The banner announces the offer"""
    expect(HasField(SETTINGS, "data.banner", parameters["offer"], app="shop"))


def test_owned(expect):
    """The banner comes from Git"""
    expect(OwnedByGit(SETTINGS, "data.banner", app="shop"))

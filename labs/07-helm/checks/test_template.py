from gitops_lab.checks import HasField, Named

SETTINGS = Named("ConfigMap", "settings", "shop")


def test_banner(expect, parameters):
    """The shop has a banner"""
    expect(HasField(SETTINGS, "data.banner", parameters["banner"], app="shop"))

from gitops_lab.checks import Both, HasField, Named, Synced

SETTINGS = Named("ConfigMap", "settings", "shop")


def test_banner(expect, parameters):
    """The shop has a banner"""
    banner = HasField(SETTINGS, "data.banner", parameters["banner"], app="shop")
    expect(Both(banner, Synced("shop")))

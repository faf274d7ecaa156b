from gitops_lab.checks import Both, HasField, Named, OwnedByGit, RepositoryField, Synced

SETTINGS = Named("ConfigMap", "settings", "shop")


def test_message(expect, parameters):
    """The shop says the greeting, and it comes from Git"""
    says = HasField(SETTINGS, "data.message", parameters["greeting"], app="shop")
    expect(Both(says, OwnedByGit(SETTINGS, "data.message", app="shop"), Synced("shop")))


def test_default(expect):
    """The chart says to others what it always said"""
    expect(RepositoryField("shop", "chart/values.yaml", "message", "Kettles and toasters"))

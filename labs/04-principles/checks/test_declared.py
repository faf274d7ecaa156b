from gitops_lab.checks import Both, HasField, Named, OwnedByGit, RepositoryLacks

SETTINGS = Named("ConfigMap", "settings", "shop")


def test_settings(expect, parameters):
    """The page's message is described in Git, and comes from there"""
    said = HasField(SETTINGS, "data.message", parameters["motto"], app="shop")
    expect(Both(said, OwnedByGit(SETTINGS, "data.message", app="shop")))


def test_script(expect):
    """No script has to be run any more"""
    expect(RepositoryLacks("shop", "setup.sh"))

import base64

from gitops_lab.checks import Both, HasField, Healthy, Manages, Named, Synced


def test_key(expect, parameters):
    """The key for payments is back, from the vault"""
    value = base64.b64encode(parameters["key"].encode()).decode()
    expect(HasField(Named("Secret", "payment", "shop"), "data.key", value))


def test_orders(expect, parameters):
    """The orders are back, as of last night"""
    expect(HasField(Named("ConfigMap", "orders", "shop"), "data.count", str(parameters["orders"])))


def test_job(expect, parameters):
    """What somebody had made by hand comes from Git now"""
    job = Named("Deployment", parameters["job"], "shop")
    expect(Both(Manages("shop", job), Synced("shop"), Healthy("shop")))


def test_no_key_in_git(expect, parameters, repos):
    """The key is not in Git"""
    files = repos["shop"].files()
    shown = [name for name in files if parameters["key"] in repos["shop"].read(name)]
    encoded = base64.b64encode(parameters["key"].encode()).decode()
    shown += [name for name in files if encoded in repos["shop"].read(name)]
    assert not shown, "Take it out of Git, and get another one: Git never forgets."

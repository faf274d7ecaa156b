from gitops_lab.checks import Both, HasField, HasReplicas, Named, Synced


def web(cluster):
    return Named("Deployment", "web", "shop", cluster)


def settings(cluster):
    return Named("ConfigMap", "settings", "shop", cluster)


def test_pods(expect):
    """Prod has two pods, as Git says"""
    expect(Both(HasReplicas(web("prod"), 2, app="shop-prod"), Synced("shop-prod")))


def test_notice(expect, parameters):
    """Prod shows the notice"""
    expect(HasField(settings("prod"), "data.message", parameters["notice"], app="shop-prod"))


def test_dev(expect):
    """Dev is as it was: one pod, and the message of the base"""
    message = HasField(settings("dev"), "data.message", "Kettles and toasters", app="shop-dev")
    expect(Both(HasReplicas(web("dev"), 1, app="shop-dev"), message, Synced("shop-dev")))

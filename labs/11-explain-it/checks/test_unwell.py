from gitops_lab.checks import Both, Healthy, Manages, Named, Synced


def test_west(expect):
    """West is synced and healthy"""
    shop = Named("Deployment", "west", "west")
    expect(Both(Synced("west"), Healthy("west"), Manages("west", shop)))


def test_centre(expect):
    """Centre is synced and healthy"""
    shop = Named("Deployment", "centre", "centre")
    expect(Both(Synced("centre"), Healthy("centre"), Manages("centre", shop)))


def test_harbour(expect):
    """Harbour is synced and healthy"""
    settings = Named("ConfigMap", "harbour", "harbour")
    expect(Both(Synced("harbour"), Healthy("harbour"), Manages("harbour", settings)))

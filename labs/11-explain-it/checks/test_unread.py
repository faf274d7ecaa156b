from gitops_lab.checks import Both, Healthy, Manages, Named, Synced


def test_north(expect):
    """North is synced and healthy"""
    settings = Named("ConfigMap", "north", "north")
    expect(Both(Synced("north"), Healthy("north"), Manages("north", settings)))


def test_east(expect):
    """East is synced and healthy"""
    settings = Named("ConfigMap", "east", "east")
    expect(Both(Synced("east"), Healthy("east"), Manages("east", settings)))


def test_south(expect):
    """South is synced and healthy"""
    shop = Named("Deployment", "south", "south")
    expect(Both(Synced("south"), Healthy("south"), Manages("south", shop)))

from gitops_lab.checks import Both, Healthy, Synced


def test_north(expect):
    """North is synced and healthy"""
    expect(Both(Synced("north"), Healthy("north")))


def test_east(expect):
    """East is synced and healthy"""
    expect(Both(Synced("east"), Healthy("east")))


def test_south(expect):
    """South is synced and healthy"""
    expect(Both(Synced("south"), Healthy("south")))

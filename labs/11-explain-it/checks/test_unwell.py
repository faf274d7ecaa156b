from gitops_lab.checks import Both, Healthy, Synced


def test_west(expect):
    """West is synced and healthy"""
    expect(Both(Synced("west"), Healthy("west")))


def test_centre(expect):
    """Centre is synced and healthy"""
    expect(Both(Synced("centre"), Healthy("centre")))


def test_harbour(expect):
    """Harbour is synced and healthy"""
    expect(Both(Synced("harbour"), Healthy("harbour")))

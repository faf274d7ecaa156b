from gitops_lab.checks import ApplicationIs


def test_sync(expect):
    """Argo CD has synced the page"""
    expect(ApplicationIs("web"))

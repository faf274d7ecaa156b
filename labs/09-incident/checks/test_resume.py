from gitops_lab.checks import Answers, Both, Committed, RepositoryField, Suspended, Synced


def test_git(expect):
    """Git says what is right"""
    right = RepositoryField("shop", "deploy/service.yaml", "spec.selector.app", "web")
    expect(Both(Committed("shop"), right))


def test_resumed(expect):
    """The engine looks after the shop again, and it answers"""
    right = RepositoryField("shop", "deploy/service.yaml", "spec.selector.app", "web")
    answers = Answers("web", "shop", app="shop")
    expect(Both(Suspended("shop", suspended=False), right, Synced("shop"), answers))

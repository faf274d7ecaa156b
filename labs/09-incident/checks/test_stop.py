from gitops_lab.checks import Answers, Both, Suspended


def test_suspended(expect):
    """The engine leaves the shop alone"""
    expect(Suspended("shop"))


def test_answers(expect):
    """The shop answers its visitors"""
    expect(Both(Suspended("shop"), Answers("web", "shop", fields={"version": "2.0"}, app="shop")))

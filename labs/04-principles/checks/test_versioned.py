from gitops_lab.checks import Tagged


def test_tag(expect):
    """What is deployed has a name that stays"""
    expect(Tagged("shop", "shop"))

from gitops_lab.checks import Absent, Either, Manages, Named, Told

DEBUG = Named("Deployment", "debug", "shop")


def test_decided(expect):
    """The Deployment debug is in Git, or gone"""
    decided = Either(Manages("shop", DEBUG), Absent(DEBUG, app="shop"))
    expect(
        Told(
            decided,
            expected="Deployment/debug comes from Git, or is gone",
            link="commit",
            next="Decide: describe it in Git, or delete it with kubectl.",
        )
    )

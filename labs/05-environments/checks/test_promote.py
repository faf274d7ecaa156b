from gitops_lab.checks import Answers, Both, Named, RunsImage, Synced

DEV = Named("Deployment", "web", "shop", "dev")
PROD = Named("Deployment", "web", "shop", "prod")


def test_prod(expect):
    """Prod runs version 1.1"""
    page = Answers("web", "shop", fields={"version": "1.1"}, cluster="prod", app="shop-prod")
    expect(Both(RunsImage(PROD, "gitops-lab/web:1.1", app="shop-prod"), Synced("shop-prod"), page))


def test_dev(expect):
    """Dev runs version 1.1 still"""
    expect(Both(RunsImage(DEV, "gitops-lab/web:1.1", app="shop-dev"), Synced("shop-dev")))

from gitops_lab.checks import Both, Named, RunsImage, Synced

DEV = Named("Deployment", "web", "shop", "dev")
PROD = Named("Deployment", "web", "shop", "prod")


def test_dev(expect):
    """Dev runs version 1.1, and Git says so"""
    expect(Both(RunsImage(DEV, "gitops-lab/web:1.1", app="shop-dev"), Synced("shop-dev")))


def test_prod(expect):
    """Prod still runs version 1.0"""
    expect(Both(RunsImage(PROD, "gitops-lab/web:1.0", app="shop-prod"), Synced("shop-prod")))

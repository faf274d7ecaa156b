from dataclasses import dataclass

from gitops_lab.checks import (
    Both,
    HasField,
    Healthy,
    Manages,
    Named,
    RepositoryLacks,
    Sight,
    Synced,
    Untouched,
)

WEB = Named("Deployment", "web", "blog")
SETTINGS = Named("ConfigMap", "settings", "blog")


@dataclass(frozen=True)
class Follows:
    """An app takes its files from a repository."""

    app: str
    repo: str

    def look(self, world):
        expected = f"the app {self.app} follows the repository {self.repo}"
        source = world.app(self.app)["spec"]["source"]
        seen = f"it follows {source['repo']}"
        do = f"Change `spec.source` of the GitOpsApp {self.app}."
        passed = source["repo"] == self.repo
        return Sight(passed, seen, expected, "" if passed else "revision", "" if passed else do)


def test_follows(expect):
    """The blog comes from its own repository"""
    expect(Both(Follows("blog", "blog"), Synced("blog"), Healthy("blog")))


def test_same(expect, parameters):
    """The blog says what it said before"""
    expect(HasField(SETTINGS, "data.message", "Notes from the kitchen", app="blog"))
    expect(HasField(SETTINGS, "data.phone", parameters["phone"], app="blog"))


def test_moved(expect):
    """The platform's repository has no blog any more"""
    expect(RepositoryLacks("platform", "blog"))


def test_up(expect):
    """The blog was up all the time: its Deployment is the same one, and unchanged"""
    expect(Both(Untouched(WEB, app="blog", spec=True), Manages("blog", WEB)))


def test_shop(expect):
    """The shop noticed nothing"""
    shop = Named("Deployment", "web", "shop")
    expect(Both(Synced("shop"), Healthy("shop"), Untouched(shop, app="shop")))

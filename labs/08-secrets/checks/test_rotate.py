import base64
from dataclasses import dataclass

from gitops_lab.checks import Both, HasField, Named, OwnedByGit, Sight, Synced
from gitops_lab.errors import GitOpsLabError

DATABASE = Named("Secret", "database", "shop")


@dataclass(frozen=True)
class NeverPlain:
    """No commit since the step began shows the new password."""

    password: str

    def look(self, world):
        expected = "no commit shows the new password"
        shown = (self.password, base64.b64encode(self.password.encode()).decode())
        for commit in world.new_commits("shop"):
            for file in ("deploy/database.yaml", "deploy/db.yaml", "deploy/secret.yaml"):
                try:
                    text = world.repositories.read("shop", commit.sha, file).decode()
                except GitOpsLabError:
                    continue
                if any(value in text for value in shown):
                    return Sight(False, f"commit {commit.short} shows it", expected, "commit")
        return Sight(True, "none does", expected)


def test_fresh(expect, parameters):
    """The cluster has the new password, from Git"""
    value = base64.b64encode(parameters["fresh"].encode()).decode()
    has = HasField(DATABASE, "data.password", value, app="shop")
    expect(Both(Synced("shop"), has, OwnedByGit(DATABASE, "data.password", app="shop")))


def test_history(expect, parameters):
    """Git has never seen the new password in plain"""
    expect(NeverPlain(parameters["fresh"]))

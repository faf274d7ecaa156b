from dataclasses import dataclass

from gitops_lab.checks import Answers, Both, Delivery, HelmReleased, Sight

BY = Delivery("shop", "releases", "shop")


@dataclass(frozen=True)
class RolledBack:
    """An upgrade has failed, and Flux itself went back."""

    def look(self, world):
        expected = "an upgrade failed, and Flux rolled it back"
        waits = BY.waits(world, "web")
        events = BY.events(world, "web")
        passed = "RollbackSucceeded" in events
        seen = "it was rolled back" if passed else "nobody rolled it back"
        if "UpgradeFailed" not in events:
            seen = "no upgrade has failed"
        return Sight(passed, seen, expected, by_hand=True, waits=waits)


@dataclass(frozen=True)
class Told:
    """A commit of this step says that version 1.2 is to run."""

    def look(self, world):
        expected = "a commit with version 1.2 in releases"
        passed = any(self._says(world, commit.sha) for commit in world.new_commits("shop"))
        seen = f"{'a' if passed else 'no'} commit says so"
        return Sight(passed, seen, expected, by_hand=True)

    def _says(self, world, sha):
        files = world.repositories.files("shop", sha, "releases")
        texts = [world.repositories.read("shop", sha, f"releases/{name}") for name in files]
        return any(b"1.2" in text for text in texts)


@dataclass(frozen=True)
class Remedied:
    """The HelmRelease says that a failed upgrade is to be remedied."""

    def look(self, world):
        found = BY.release(world, "web")
        upgrade = (found.spec if found else {}).get("upgrade") or {}
        remedy = upgrade.get("remediation") or {}
        passed = bool(remedy.get("remediateLastFailure") or remedy.get("retries"))
        seen = "it does" if passed else "it says nothing of a failed upgrade"
        expected = "the HelmRelease web has upgrade.remediation"
        return Sight(passed, seen, expected, by_hand=True, waits=BY.waits(world))


def test_rolled_back(expect):
    """Version 1.2 failed, and Flux rolled it back"""
    expect(RolledBack())


def test_remedy(expect):
    """Git says what is to happen when an upgrade fails"""
    expect(Remedied())


def test_git_is_true_again(expect):
    """Git tells of version 1.2, and says again what runs"""
    expect(Told())
    answers = Answers("web", "shop", fields={"version": "1.1"})
    expect(Both(HelmReleased("web", BY), answers))

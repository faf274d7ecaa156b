"""Which link of the chain is broken, when a check is red, and what to do next.

The engine knows its own links: revision, render, diff, apply, health. What it can't know is the
learner's clone: a file not committed, a commit not pushed, or pushed to a branch that no app
follows. That is looked for here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.checks.settled import broken
from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World
from gitops_lab.errors import GitOpsLabError
from gitops_lab.git import Clone
from gitops_lab.kube import Object


@dataclass(frozen=True)
class Blame:
    """A broken link and the next thing to do."""

    link: str
    next: str
    details: tuple[str, ...] = ()


def blame(world: World, sight: Sight) -> Sight:
    """The sight with its link, next step and details filled in where the check gave none.

    A check that names no app may be about any of them; one that names what to change is about Git,
    whoever follows it.
    """
    in_git = sight.link or sight.change != Sight.change or _chained(world)
    if sight.by_hand or (sight.link and sight.next) or not in_git:
        return sight
    fitting = (b for b in _blames(world, sight) if sight.link in ("", b.link))
    found = next(fitting, Blame("commit", "Say it in Git: change, commit, push."))
    return sight.but(
        link=sight.link or found.link,
        next=sight.next or found.next,
        details=(*sight.details, *found.details),
    )


def _chained(world: World) -> bool:
    """Whether there is a chain to blame: an app, that is. A lab may do without."""
    return bool(world.apps())


def _blames(world: World, sight: Sight) -> Iterator[Blame]:
    apps = [app for app in world.apps() if sight.app in ("", app["metadata"]["name"])]
    for app in apps:
        if _sleeps(world, app):
            yield _asleep(app)
        if _failed(app):
            yield _explained(world, app)
    followed = {app["spec"]["source"]["repo"]: app["spec"]["source"] for app in apps}
    repos = {repo: followed.get(repo, {}) for repo in followed or world.repositories.names()}
    for repo, source in repos.items():
        follows = source.get("revision", "main")
        yield from _clone(world, repo, follows)
        yield from _other_branches(world, repo, follows)
    for repo in repos:
        folder = _folder(world, repo)
        yield Blame("commit", f"Change {sight.change} in {folder or repo}, then commit and push.")


def _sleeps(world: World, app: Mapping[str, Any]) -> bool:
    """Whether an app is suspended, and its branch has moved on without it."""
    source = app["spec"]["source"]
    seen = (app.get("status") or {}).get("revision")
    head = world.head(source["repo"], source.get("revision", "main"))
    return bool(app["spec"].get("suspend")) and seen != head


def _asleep(app: Mapping[str, Any]) -> Blame:
    name = app["metadata"]["name"]
    told = f"the app {name} is suspended, and leaves new commits alone"
    return Blame("revision", f"Resume it: `gitops-lab app resume {name}`.", (told,))


def _failed(app: Mapping[str, Any]) -> bool:
    status = app.get("status") or {}
    unwell = (status.get("health") or {}).get("status") in ("Degraded", "Progressing", "Missing")
    return broken(status) or unwell


def _explained(world: World, app: Object) -> Blame:
    from gitops_lab.engine.explain import explain, gather  # renders, so it brings much along

    clients = {name: world.client(name) for name in world.place.clusters}
    told = explain(app, gather(app, clients))
    details = (told.message, str(told.place), *told.evidence)
    return Blame(str(told.link), told.next, tuple(filter(None, details)))


def _clone(world: World, repo: str, follows: str) -> Iterator[Blame]:
    folder = _folder(world, repo)
    if not folder:
        return
    try:
        changed, branch, ahead = _unshared(Clone(world.place.clone_dir(repo)))
    except GitOpsLabError as error:  # a clone that is no repository any more
        yield Blame("commit", f"Repair the clone {folder}, or reset the step.", (error.message,))
        return
    if changed:
        files = ", ".join(changed[:3]) + (", …" if len(changed) > 3 else "")
        told = f"not committed: {files}"
        yield Blame("commit", f"Commit what you changed in {folder}, and push it.", (told,))
    if ahead and branch == follows:
        told = f"not pushed: {ahead} commit{'s' if ahead > 1 else ''}"
        yield Blame("commit", f"Run `git push` in {folder}.", (told,))


def _unshared(clone: Clone) -> tuple[list[str], str, int]:
    """Files not committed, the branch, and how many commits are not pushed."""
    return clone.changed_files(), clone.branch(), clone.ahead_behind()[0]


def _other_branches(world: World, repo: str, follows: str) -> Iterator[Blame]:
    before = world.since.heads.get(repo, {})
    refs = world.repositories.refs(repo)
    known = {commit.sha for commit in world.repositories.log(repo, follows, 1000)}
    for ref, sha in refs.items():
        branch = ref.removeprefix("refs/heads/")
        moved = before.get(ref) != sha and sha not in known
        if branch != ref and branch != follows and moved:
            yield Blame(
                "revision",
                f"The app follows the branch {follows}, and your commit is on {branch}. "
                f"Merge it into {follows} and push.",
            )


def _folder(world: World, repo: str) -> str:
    """The learner's clone, "" when it is gone."""
    try:
        clone = world.place.clone_dir(repo)
    except GitOpsLabError:
        return ""
    return str(clone) if Clone(clone).exists() else ""

"""Bringing a step back to its beginning without losing anything of the learner's."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.checks import Baseline, World
from gitops_lab.course.begin import first_objects, late_objects, namespaces_elsewhere
from gitops_lab.course.hands import Hands
from gitops_lab.course.idle import wait_idle
from gitops_lab.git import GitError, announce
from gitops_lab.lab import Step
from gitops_lab.lab.changes import Files, Repositories
from gitops_lab.workspace.settle import apply_objects


@dataclass(frozen=True)
class Restored:
    """What a reset did: the new commit of each repository that changed, and what was saved."""

    step: str
    commits: Mapping[str, str]
    saved: tuple[Path, ...] = ()
    settled: bool = True


def restore(
    hands: Hands,
    step: Step,
    files: Repositories,
    since: Baseline,
    waiting: Callable[[str], None],
) -> Restored:
    """Bring repositories and cluster back to a step's beginning.

    A repository gets the files it had when the step began (`since`), or those in `files` when that
    is not known, by a new commit on main. The clones follow; what was not committed or pushed is
    saved aside. The lab's own apps and objects are applied again, in case they were deleted. Then
    the engine reconciles, and what the lab put there by hand is put there again.
    """
    saved = save_aside(hands)
    commits = {}
    for repo, seed in files.items():
        content = _files_then(hands, repo, since) or seed
        before = _head(hands, repo)
        message = f"Reset to the start of “{step.title}”"
        after = hands.workspace.repositories.replace(repo, "main", message, content)
        if after != before:
            commits[repo] = after
            announce(hands.workspace.clone_url(repo), hands.workspace.git_token)
        hands.clone(repo).reset_to_upstream("main")
    engine = hands.workspace.engine
    for cluster, objects in namespaces_elsewhere(hands.lab, hands.values, engine).items():
        apply_objects(hands.workspace.client(cluster), objects)
    first = first_objects(hands.lab, hands.values, engine)
    apply_objects(hands.workspace.client(), list(first))
    for action in step.reset:
        hands.do(action)
    world = World(hands.workspace, hands.workspace.parameters)
    settled = wait_idle(world, waiting=waiting)
    if late_objects(hands.lab, hands.workspace):
        settled = wait_idle(world, waiting=waiting)
    return Restored(step.id, commits, tuple(saved), settled)


def tidy_clones(hands: Hands) -> list[Path]:
    """Bring every clone to what its server has; what was not committed or pushed is saved aside."""
    saved = save_aside(hands)
    for repository in hands.lab.repositories:
        hands.clone(repository.name).reset_to_upstream("main")
    return saved


def save_aside(hands: Hands) -> list[Path]:
    """Copy what is only in the clones into the workspace's folder `saved`; the copies' paths."""
    moment = time.strftime("%Y%m%d-%H%M%S")
    saved: list[Path] = []
    for repository in hands.lab.repositories:
        into = _unused(hands.workspace.folder.saved / f"{moment}-{repository.name}")
        clone = hands.clone(repository.name)
        saved += [into / name for name in clone.save_aside(into)]
    return saved


def _unused(folder: Path) -> Path:
    number, path = 1, folder
    while path.exists():
        number += 1
        path = folder.with_name(f"{folder.name}-{number}")
    return path


def _files_then(hands: Hands, repo: str, since: Baseline) -> Files:
    """The files of main when the step began; none when that commit is unknown."""
    sha = since.heads.get(repo, {}).get("refs/heads/main", "")
    repositories = hands.workspace.repositories
    if not sha:
        return {}
    try:
        return {name: repositories.read(repo, sha, name) for name in repositories.files(repo, sha)}
    except GitError:
        return {}


def _head(hands: Hands, repo: str) -> str:
    try:
        return hands.workspace.repositories.resolve(repo, "main")
    except GitError:
        return ""

"""Which commit a GitRepository's `ref` means, in Flux's words, good and bad."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gitops_lab.dialects.dialect import World
from gitops_lab.dialects.urls import EVERYWHERE
from gitops_lab.engine.ranges import is_range, pick
from gitops_lab.git import GitError, Repositories, RepositoryNotFound
from gitops_lab.git.refs import read_ref, tags

DEFAULT_BRANCH = "master"
_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_DEREFERENCED = "^{}"
_CONSTRAINT = re.compile(r"[\s\dxX*.,|<>=!~^v-]+([-+][\w.+-]+[\s\dxX*.,|<>=!~^v-]*)*")
"""What a range is written with; a word is none."""


class CheckoutFailed(Exception):
    """What Flux says when there is no such repository, branch, tag or commit."""


@dataclass(frozen=True)
class Checkout:
    """A commit, and the revision by which Flux names it: `main@sha1:…`; `tag` as it was found."""

    sha: str
    revision: str
    tag: str = ""


def checkout(repositories: Repositories, repo: str, url: str, ref: Mapping[str, Any]) -> Checkout:
    """The commit. Raises CheckoutFailed.

    A commit goes before a name, that before a tag, a range of versions and a branch: so does the
    controller, though its API's description puts the range before the tag.
    """
    finder = _Finder(repositories, repo, url)
    if commit := str(ref.get("commit") or ""):
        return finder.commit(commit, str(ref.get("branch") or ""))
    if name := str(ref.get("name") or ""):
        return finder.named(name)
    if tag := str(ref.get("tag") or ""):
        return finder.tag(tag)
    if semver := str(ref.get("semver") or ""):
        return finder.semver(semver)
    return finder.branch(str(ref.get("branch") or DEFAULT_BRANCH))


def unknown(world: World, url: str) -> str:
    """What is wrong with a URL that means no repository of the workspace."""
    ours, asked = urlsplit(world.git_url("x")), urlsplit(url)
    if asked.hostname == EVERYWHERE or asked.netloc == ours.netloc:
        name = asked.path.strip("/").removesuffix(".git")
        return _not_found(world.repositories, name, url)
    known = ", ".join(map(world.git_url, world.repositories.names())) or "none yet"
    return (
        f"unable to clone '{url}': repository not found: GitOps Lab reads the repositories of this "
        f"workspace only: {known}"
    )


def _not_found(repositories: Repositories, repo: str, url: str) -> str:
    """With what our Git server says of it."""
    known = ", ".join(repositories.names()) or "none yet"
    there = f"There is no repository {repo!r}; there are: {known}.\n"
    return f"unable to clone '{url}': repository not found: {there}"


class _Finder:
    def __init__(self, repositories: Repositories, repo: str, url: str) -> None:
        self._repositories, self._repo, self._url = repositories, repo, url
        try:
            self._path = repositories.path(repo)
        except RepositoryNotFound as error:
            raise CheckoutFailed(_not_found(repositories, repo, url)) from error

    def branch(self, branch: str) -> Checkout:
        sha = self._read(f"{_HEADS}{branch}")
        return Checkout(sha, f"{branch}@sha1:{sha}")

    def tag(self, tag: str) -> Checkout:
        sha = self._read(f"{_TAGS}{tag}")
        return Checkout(sha, f"{tag}@sha1:{sha}", tag)

    def semver(self, wanted: str) -> Checkout:
        if not _CONSTRAINT.fullmatch(wanted):
            raise CheckoutFailed(f'semver parse error: improper constraint: "{wanted}"')
        known = tags(self._path)
        # A version alone is a range that only itself fits.
        tag = pick(wanted if is_range(wanted) else f"={wanted}", known)
        if tag is None:
            raise CheckoutFailed(f"no match found for semver: {wanted}")
        return self.tag(tag)

    def named(self, name: str) -> Checkout:
        if name.startswith("/") or name.endswith("/"):
            raise CheckoutFailed(
                f"ref {name} is invalid; Git refs cannot begin or end with a slash '/'"
            )
        if not read_ref(self._path, name.removesuffix(_DEREFERENCED)):
            raise CheckoutFailed(f"unable to resolve ref '{name}' to a specific commit")
        sha = self._read(name.removesuffix(_DEREFERENCED))
        tag = name.removeprefix(_TAGS) if name.startswith(_TAGS) else ""
        return Checkout(sha, f"{name}@sha1:{sha}", tag.removesuffix(_DEREFERENCED))

    def commit(self, commit: str, branch: str) -> Checkout:
        if branch:
            self._read(f"{_HEADS}{branch}")
        try:
            sha = self._repositories.resolve(self._repo, commit) if len(commit) == 40 else ""
        except GitError:
            sha = ""
        if not sha:
            raise CheckoutFailed(
                f"unable to resolve commit object for '{commit}': object not found"
            )
        return Checkout(sha, f"{branch}@sha1:{sha}" if branch else f"sha1:{sha}")

    def _read(self, ref: str) -> str:
        if not read_ref(self._path, ref):
            raise self._not_cloned(f'couldn\'t find remote ref "{ref}"')
        try:
            return self._repositories.resolve(self._repo, ref)
        except GitError as error:
            raise CheckoutFailed(f"unable to resolve '{ref}': {error.message}") from error

    def _not_cloned(self, why: str) -> CheckoutFailed:
        return CheckoutFailed(f"unable to clone '{self._url}': {why}")

"""Which commit a GitRepository's `ref` means, in Flux's words, good and bad."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.engine.ranges import is_range, pick
from gitops_lab.git import GitError, Repositories, RepositoryNotFound
from gitops_lab.git.refs import read_ref, tags

DEFAULT_BRANCH = "master"
_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_DEREFERENCED = "^{}"


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


class _Finder:
    def __init__(self, repositories: Repositories, repo: str, url: str) -> None:
        self._repositories, self._repo, self._url = repositories, repo, url
        try:
            self._path = repositories.path(repo)
        except RepositoryNotFound as error:
            raise self._not_cloned("repository not found") from error

    def branch(self, branch: str) -> Checkout:
        sha = self._read(f"{_HEADS}{branch}")
        return Checkout(sha, f"{branch}@sha1:{sha}")

    def tag(self, tag: str) -> Checkout:
        sha = self._read(f"{_TAGS}{tag}")
        return Checkout(sha, f"{tag}@sha1:{sha}", tag)

    def semver(self, wanted: str) -> Checkout:
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
        return CheckoutFailed(f"unable to clone: {why}: git repository: '{self._url}'")

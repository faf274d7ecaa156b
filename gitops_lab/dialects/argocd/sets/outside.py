"""What generators read from: the workspace's repositories, and Argo CD's cluster Secrets."""

from collections.abc import Sequence

from gitops_lab.dialects.argocd.cluster_secrets import ClusterEntry, read_entries
from gitops_lab.dialects.argocd.sets.errors import SetError
from gitops_lab.dialects.dialect import World
from gitops_lab.engine.app import Source
from gitops_lab.engine.errors import SourceError
from gitops_lab.git import GitError
from gitops_lab.kube.errors import ApiError

_NAMED = 5
"""Repositories that an error names."""
_UNRESOLVED = "rpc error: code = Internal desc = unable to resolve git revision : {}"
"""Argo CD leaves out which one."""


class Outside:
    """Reads them anew for each reconciliation, and each commit's files once."""

    def __init__(self, world: World, namespace: str) -> None:
        self._world = world
        self._namespace = namespace
        self._files: dict[tuple[str, str], list[str]] = {}

    def clusters(self) -> Sequence[ClusterEntry]:
        """Those of the Secrets, and the one in which Argo CD's objects are."""
        try:
            return read_entries(self._world.home, self._namespace)
        except ApiError as error:
            raise SetError(f"error listing clusters: {error.message}") from error

    def commit(self, url: str, revision: str) -> str:
        """Raises SetError: the repository is not the workspace's, or there is no such revision."""
        source = Source(self._name(url), revision or "HEAD")
        try:
            return self._world.sources.resolve(source).sha
        except SourceError as error:
            why = f"unable to resolve '{source.revision}' to a commit SHA"
            raise SetError(_UNRESOLVED.format(why)) from error

    def files(self, url: str, commit: str) -> Sequence[str]:
        """All files of a commit."""
        key = (self._name(url), commit)
        if key not in self._files:
            try:
                self._files[key] = self._world.repositories.files(*key)
            except GitError as error:
                raise SetError(f"error getting directories from repo: {error.message}") from error
        return self._files[key]

    def read(self, url: str, commit: str, path: str) -> str:
        """The text of a file; what is not UTF-8 is refused."""
        try:
            return self._world.repositories.read(self._name(url), commit, path).decode()
        except (GitError, UnicodeDecodeError) as error:
            raise SetError(f"unable to read it: {error}") from error

    def _name(self, url: str) -> str:
        name = self._world.repo_of(url)
        if name is not None:
            return name
        known = ", ".join(self._world.repositories.names()[:_NAMED])
        asked = url.rpartition("/")[2].removesuffix(".git")
        why = f"There is no repository '{asked}'; there are: {known}.\n"
        raise SetError(_UNRESOLVED.format(f"failed to list refs: repository not found: {why}"))

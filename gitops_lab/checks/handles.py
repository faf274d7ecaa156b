"""What tests hold in their hands besides the cluster: repositories."""

from dataclasses import dataclass
from typing import Any

from gitops_lab.git import Commit, Repositories
from gitops_lab.kube import yamls


@dataclass(frozen=True)
class Repository:
    """One repository as the Git server has it. Its methods raise `GitError`."""

    repositories: Repositories
    name: str

    def read(self, path: str, revision: str = "main") -> str:
        """A file's text."""
        return self.repositories.read(self.name, revision, path).decode(errors="replace")

    def objects(self, path: str, revision: str = "main") -> list[Any]:
        """The documents of a YAML file."""
        documents = yamls.load_all(self.read(path, revision), file=path)
        return [document.obj for document in documents]

    def files(self, revision: str = "main") -> list[str]:
        """The paths of all files."""
        return self.repositories.files(self.name, revision)

    def log(self, revision: str = "main", limit: int = 50) -> list[Commit]:
        """Commits, newest first."""
        return self.repositories.log(self.name, revision, limit)

    def head(self, branch: str = "main") -> str:
        """The commit that a branch points to."""
        return self.repositories.resolve(self.name, branch)

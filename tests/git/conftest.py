"""A Git server with one repository, and plain git as a learner has it."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

import pytest

from gitops_lab.git import Clone, GitServer, Push, Repositories, write_credentials

TOKEN = "0123456789abcdef"


@dataclass
class Lab:
    """A running server over `repositories`; `pushes` gets what it tells."""

    server: GitServer
    repositories: Repositories
    home: Path
    credentials: Path
    pushes: Queue[Push] = field(default_factory=Queue)

    def git(self, *arguments: str, cwd: Path, token: str = TOKEN) -> subprocess.CompletedProcess:
        """Plain git with an empty home, whose credentials come from a file."""
        file = self.home / f"credentials-{token}"
        write_credentials(file, self.server.url, token)
        helper = ["-c", "credential.helper=", "-c", f"credential.helper=store --file={file}"]
        return subprocess.run(
            ["git", *helper, *arguments],
            cwd=cwd,
            env=plain_environment(self.home),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def clone(self, into: Path, repo: str = "web") -> Clone:
        return Clone.clone(self.server.clone_url(repo), into, credentials_file=self.credentials)


def plain_environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    made = Repositories(tmp_path / "repos")
    made.create("web", {"README.md": "hello\n", "deploy/web.yaml": "kind: Service\n"})
    return made


@pytest.fixture
def lab(repositories: Repositories, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    pushes: Queue[Push] = Queue()
    server = GitServer(repositories.root, TOKEN, on_push=pushes.put)
    server.start()
    credentials = tmp_path / "my files" / "git's credentials"
    write_credentials(credentials, server.url, TOKEN)
    yield Lab(server, repositories, home, credentials, pushes)
    server.stop()

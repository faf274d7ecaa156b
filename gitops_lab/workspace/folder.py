"""Where a workspace keeps what: one folder, removed whole by `down`."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from gitops_lab.errors import UsageError

_NAME_LENGTH = 40


def default_home() -> Path:
    """$GITOPS_LAB_HOME, absolute, or the platform's folder for user data."""
    chosen = os.environ.get("GITOPS_LAB_HOME")
    if not chosen:
        return Path(platformdirs.user_data_dir("gitops-lab"))
    # Processes that outlive this one, and the learner's shell, work in other folders.
    return Path(chosen).expanduser().absolute()


def checked_name(name: str) -> str:
    """The name of a workspace; it becomes a folder's. Raises UsageError."""
    plain = name.replace("-", "").replace("_", "")
    if (
        not name.strip()
        or not plain.isascii()
        or not plain.isalnum()
        or len(name) > _NAME_LENGTH
        or name[0] in "-_"
    ):
        raise UsageError(
            f"{name!r} can't be a workspace's name.",
            reason="InvalidName",
            hint=f"Use letters, digits, - and _, at most {_NAME_LENGTH}.",
        )
    return name


@dataclass(frozen=True)
class Folder:
    """The paths of one workspace."""

    home: Path
    name: str

    @property
    def root(self) -> Path:
        """All of it."""
        return self.home / "workspaces" / self.name

    @property
    def record(self) -> Path:
        """What was started, as JSON."""
        return self.root / "workspace.json"

    @property
    def lock(self) -> Path:
        """Held by the one command that changes the workspace; outside, as `down` holds it too."""
        return self.home / "workspaces" / f".{self.name}.lock"

    @property
    def token(self) -> Path:
        """The secret of the workspace: cluster admin, and the password of the Git server."""
        return self.root / "token"

    @property
    def ca_certificate(self) -> Path:
        """The workspace's own certificate authority."""
        return self.root / "ca.crt"

    @property
    def ca_key(self) -> Path:
        """The authority's private key."""
        return self.root / "ca.key"

    @property
    def kubeconfig(self) -> Path:
        """One kubeconfig with a context for each cluster."""
        return self.root / "kubeconfig"

    @property
    def git_credentials(self) -> Path:
        """What git's credential helper reads."""
        return self.root / "git-credentials"

    @property
    def repositories(self) -> Path:
        """The bare repositories that the Git server serves."""
        return self.root / "repos"

    @property
    def cache(self) -> Path:
        """Checkouts and renders; may be removed at any time while nothing runs."""
        return self.root / "cache"

    @property
    def loop(self) -> Path:
        """What the engine keeps over a restart."""
        return self.root / "loop"

    @property
    def saved(self) -> Path:
        """Files of the learner that were put aside, never thrown away."""
        return self.root / "saved"

    def cluster(self, name: str) -> Path:
        """The state of one embedded cluster."""
        return self.root / "clusters" / name

    def log(self, process: str) -> Path:
        """The log of a background process: `loop`, or `cluster-NAME`."""
        return self.root / "logs" / f"{process}.log"

    def pid(self, process: str) -> Path:
        """Which process that is."""
        return self.root / "run" / f"{process}.json"

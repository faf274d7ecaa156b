"""What was started, kept as JSON in the workspace's folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gitops_lab.errors import Place, WorkspaceError
from gitops_lab.workspace.files import write_atomically
from gitops_lab.workspace.folder import Folder

VERSION = 1
BROKEN, OTHER_VERSION = "BrokenWorkspace", "OtherVersion"
UNUSABLE = (BROKEN, OTHER_VERSION)
"""Why a record is not read; its workspace can still be removed."""


@dataclass(frozen=True)
class Record:
    """One workspace as it was asked for. `complete` is False until it once came up whole."""

    name: str
    lab: str
    lab_path: str
    provider: str
    clusters: tuple[str, ...]
    repositories: tuple[str, ...]
    clones: Mapping[str, str]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    engine: str = "builtin"
    timing: str = "lab"
    git_port: int = 0
    complete: bool = False
    version: int = VERSION
    options: Mapping[str, str] = field(default_factory=dict)
    page_port: int = 0
    engines: tuple[str, ...] = ()

    def completed(self, git_port: int, page_port: int) -> "Record":
        """The same, up and running with its Git server and its page on these ports."""
        return replace(self, complete=True, git_port=git_port, page_port=page_port)


def write(folder: Folder, record: Record) -> None:
    """Keep the record."""
    write_atomically(folder.record, json.dumps(asdict(record), indent=2) + "\n")


def read(folder: Folder) -> Record:
    """The record of a workspace. Raises WorkspaceError when there is none."""
    try:
        raw = json.loads(folder.record.read_text())
    except FileNotFoundError:
        raise WorkspaceError(
            f"there is no workspace named {folder.name!r}.",
            reason="NoWorkspace",
            hint="Start one with `gitops-lab start LAB`; `gitops-lab list` shows the labs.",
        ) from None
    except (OSError, ValueError) as error:
        raise _broken(folder, error) from error
    if not isinstance(raw, dict) or raw.get("version") != VERSION:
        version = raw.get("version") if isinstance(raw, dict) else type(raw).__name__
        raise WorkspaceError(
            f"the workspace was made by another version of GitOps Lab ({version}).",
            reason=OTHER_VERSION,
            place=Place(file=str(folder.record)),
            hint=f"`gitops-lab down --workspace {folder.name}`, then `start` it; your clones stay.",
        )
    for name in ("clusters", "repositories", "engines"):
        raw[name] = tuple(raw.get(name, ()))
    try:
        return Record(**raw)
    except TypeError as error:
        raise _broken(folder, error) from error


def _broken(folder: Folder, error: Exception) -> WorkspaceError:
    return WorkspaceError(
        f"the workspace's record can't be read: {error}.",
        reason=BROKEN,
        place=Place(file=str(folder.record)),
        hint=f"`gitops-lab down --workspace {folder.name}` removes it; your clones stay.",
    )

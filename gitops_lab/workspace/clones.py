"""The learner's clones: made at the start, pointed at the Git server wherever it listens."""

import shutil
import time
from pathlib import Path

from gitops_lab.git import Clone, write_credentials
from gitops_lab.workspace.folder import Folder
from gitops_lab.workspace.record import Record
from gitops_lab.workspace.workspace import Workspace


def make_clones(workspace: Workspace) -> list[Path]:
    """Clone every repository for the learner; returns the folders that were in the way, moved.

    A folder of that name is from an earlier workspace, whose history has nothing to do with this
    one. It may hold the learner's work, so it is moved aside and never removed.
    """
    record = workspace.record
    _write_credentials(workspace.folder, record)
    moved = []
    for repo, place in record.clones.items():
        into = Path(place)
        if into.exists():
            moved.append(_move_aside(into))
        into.parent.mkdir(parents=True, exist_ok=True)
        Clone.clone(workspace.clone_url(repo), into, credentials_file=workspace.credentials_file)
    return moved


def point_clones_at(folder: Folder, record: Record) -> None:
    """Tell the clones of the Git server's new port."""
    _write_credentials(folder, record)
    workspace = Workspace(folder, record)
    for repo, place in record.clones.items():
        clone = Clone(Path(place))
        if clone.exists():
            clone.configure(workspace.clone_url(repo), workspace.credentials_file)


def _write_credentials(folder: Folder, record: Record) -> None:
    url = f"http://127.0.0.1:{record.git_port}"
    write_credentials(folder.git_credentials, url, folder.token.read_text())


def _move_aside(path: Path) -> Path:
    target = path.with_name(f"{path.name}.{time.strftime('%Y%m%d-%H%M%S')}")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{target.name}-{number}")
    shutil.move(path, target)
    return target

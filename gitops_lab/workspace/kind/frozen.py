"""Nodes that Docker can't end, since something in them is frozen.

runc freezes a container's cgroup for the moment in which it sets device rules. A node that is
killed in that moment keeps the cgroup frozen. Under cgroup v1 a frozen task takes no signal, not
even SIGKILL, so the node waits for it for ever; under v2 it can be killed as it is.
"""

import errno
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from gitops_lab.workspace.kind import refusals

FREEZER = Path("/sys/fs/cgroup/freezer")
"""The hierarchy of cgroup v1; folders in it carry the ids of their containers in their names."""
_NOT_ENDED = re.compile("did not receive an exit event|could not kill|cannot kill", re.IGNORECASE)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def freed(said: str, containers: Iterable[str]) -> bool:
    """Whether containers that could not be ended, as the runtime `said`, were freed for it now.

    False when this is not the cause. Raises WorkspaceError where only root may free them.
    """
    if not _NOT_ENDED.search(said):
        return False
    found = [(each, state) for each in containers for state in _frozen(each)]
    for container, state in found:
        try:
            state.write_text("THAWED")
        except OSError as error:
            if error.errno in _REFUSED:
                raise refusals.frozen_node(container, str(FREEZER)) from None
            # else it has ended in the meantime
    return bool(found)


def _frozen(container: str) -> Iterator[Path]:
    """The states of a container's frozen cgroups, outermost first."""
    for folder, _, files in os.walk(FREEZER):
        if container in folder and "freezer.state" in files:
            state = Path(folder, "freezer.state")
            if _read(state) not in ("THAWED", ""):
                yield state


def _read(state: Path) -> str:
    try:
        return state.read_text().strip()
    except OSError:  # a cgroup that is gone
        return ""

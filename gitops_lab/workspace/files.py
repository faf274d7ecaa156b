"""Writing files so that a crash leaves the old content or the new one, and one writer at a time."""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gitops_lab.errors import WorkspaceError


def write_atomically(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace a file's content; nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold a lock that ends with the process. Raises WorkspaceError when another holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise WorkspaceError(
                f"another command (pid {file.read().strip() or 'unknown'}) is working on {what}.",
                reason="Busy",
                hint="Wait until it is done, then run this one again.",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextlib.contextmanager
def told_storage_errors(home: Path) -> Iterator[None]:
    """Turn what a disk can do to us into a WorkspaceError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # not the storage's: somebody raised it without a cause
            raise
        raise WorkspaceError(
            f"the folder {home} can't be used: {error.strerror}"
            + (f" ({error.filename})." if error.filename else "."),
            reason="StorageFailed",
            hint="Make room, or set GITOPS_LAB_HOME to a folder that you may write to.",
        ) from error

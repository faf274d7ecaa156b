"""Notes on commits: what became of a commit, kept beside the repository and not in its history.

`git log --notes=gitops-lab` shows them where `refs/notes/gitops-lab` was fetched.
"""

import threading
from pathlib import Path

from gitops_lab.git.commits import LAB_AUTHOR
from gitops_lab.git.errors import CommandFailed
from gitops_lab.git.process import run

REF = "gitops-lab"
_writing = threading.Lock()


def set_line(repository: Path, sha: str, subject: str, text: str) -> None:
    """Let the note of a commit say `subject: text`, in place of what it said of the subject."""
    start = f"{subject}: "
    with _writing:
        lines = [line for line in read(repository, sha).splitlines() if not line.startswith(start)]
        note = "\n".join(sorted([*lines, start + " ".join(text.split())]))
        identity = ["-c", f"user.name={LAB_AUTHOR.name}", "-c", f"user.email={LAB_AUTHOR.email}"]
        run([*identity, "notes", f"--ref={REF}", "add", "-f", "-m", note, sha], cwd=repository)


def read(repository: Path, sha: str) -> str:
    """The note of a commit, "" when it has none."""
    try:
        return run(["notes", f"--ref={REF}", "show", sha], cwd=repository).decode()
    except CommandFailed:
        return ""

"""Reading refs straight from the files of a bare repository (see gitrepository-layout).

A loose file under refs/ wins over packed-refs. git packs by writing packed-refs first and
removing the loose file then, so looking in that order never misses a ref.
"""

import os
from pathlib import Path

from gitops_lab.git.names import is_full_sha, is_ref_name

_HEADS = "refs/heads/"
_TAGS = "refs/tags/"


def read_ref(repository: Path, ref: str) -> str:
    """The sha that a full ref name stands for; "" when there is no such ref."""
    if not is_ref_name(ref):
        return ""
    try:
        text = (repository / ref).read_text("ascii", "replace").strip()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return _packed(repository).get(ref, "")
    if text.startswith("ref: "):
        return read_ref(repository, text[5:].strip()) if ref == "HEAD" else ""
    return text if is_full_sha(text) else ""


def all_refs(repository: Path) -> dict[str, str]:
    """Every ref under refs/, sorted by name, with its sha (of the tag itself, if annotated)."""
    loose: dict[str, str] = {}
    for folder, _, files in os.walk(repository / "refs"):
        for file in files:
            ref = Path(folder, file).relative_to(repository).as_posix()
            sha = read_ref(repository, ref)
            if sha:
                loose[ref] = sha
    return dict(sorted({**_packed(repository), **loose}.items()))


def default_branch(repository: Path) -> str:
    """The branch that HEAD names, whether or not it has a commit yet; "" when HEAD is detached."""
    text = (repository / "HEAD").read_text("ascii", "replace").strip()
    return text.removeprefix(f"ref: {_HEADS}") if text.startswith(f"ref: {_HEADS}") else ""


def branches(repository: Path) -> list[str]:
    """The short names of all branches."""
    return _short(repository, _HEADS)


def tags(repository: Path) -> list[str]:
    """The short names of all tags."""
    return _short(repository, _TAGS)


def candidates(revision: str) -> tuple[str, ...]:
    """The refs that a revision may mean, in git's order (gitrevisions): tags before branches."""
    if revision in ("", "HEAD"):
        return ("HEAD",)
    if revision.startswith("refs/"):
        return (revision,)
    return (f"{_TAGS}{revision}", f"{_HEADS}{revision}")


def look_up(repository: Path, revision: str) -> str:
    """The sha of the first ref that a revision may mean, not peeled; "" when it names no ref."""
    found = (read_ref(repository, ref) for ref in candidates(revision))
    return next((sha for sha in found if sha), "")


def _short(repository: Path, prefix: str) -> list[str]:
    return [ref.removeprefix(prefix) for ref in all_refs(repository) if ref.startswith(prefix)]


def _packed(repository: Path) -> dict[str, str]:
    try:
        text = (repository / "packed-refs").read_text("utf-8", "replace")
    except FileNotFoundError:
        return {}
    rows = (line.split(" ", 1) for line in text.splitlines() if line[:1] not in ("#", "^", ""))
    return {row[1]: row[0] for row in rows if len(row) == 2 and is_full_sha(row[0])}

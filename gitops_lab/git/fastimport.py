"""Making a commit in a bare repository with one `git fast-import`, without a working tree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.git.commits import LAB_AUTHOR, Author, now
from gitops_lab.git.errors import CommandFailed, GitError, Rejected
from gitops_lab.git.names import is_full_sha, is_ref_name, path_parts
from gitops_lab.git.process import run
from gitops_lab.git.pushes import ZERO

Files = Mapping[str, bytes | str | None]
"""Path -> content; None removes the path. A content that starts with `#!` is made executable."""

Sign = Callable[[bytes], str]
"""From a commit's text to its armoured signature. May raise GitError."""

_UNSIGNED = "refs/unsigned"
"""Where a commit stands within one import, until it is signed: nobody ever sees that ref."""

_FAST_IMPORT = ("fast-import", "--quiet", "--depth=0")
"""Each object for itself: what we write is small, and is read one by one right after."""


@dataclass(frozen=True)
class NewCommit:
    """A commit to make: on top of `parent` ("" makes a first commit), as the tip of `branch`."""

    branch: str
    message: str
    files: Files
    parent: str = ""
    author: Author = LAB_AUTHOR
    when: int = 0
    kept: tuple[tuple[str, str, str], ...] = ()
    """(mode, blob sha, path) of files whose content the repository has already."""

    sign: Sign | None = None


def write_commit(repository: Path, commit: NewCommit) -> str:
    """Write it and move the branch; the sha of the new commit.

    Raises Rejected when the branch moved away from `parent` in between.
    """
    if not is_ref_name(commit.branch):
        raise GitError(f"{commit.branch!r} is not a name for a branch.", reason="InvalidName")
    try:
        answer = run([*_FAST_IMPORT], cwd=repository, data=_stream(commit))
    except CommandFailed as error:
        if "Not updating" not in error.output:
            raise
        raise _moved(commit.branch) from error
    sha = answer.decode("ascii", "replace").strip()
    if not is_full_sha(sha):
        raise CommandFailed(f"git fast-import named no commit but {sha!r}.")
    return _signed(repository, commit, sha) if commit.sign else sha


def _signed(repository: Path, commit: NewCommit, unsigned: str) -> str:
    """The same commit with a signature, as the tip of its branch."""
    assert commit.sign is not None
    text = run(["cat-file", "commit", unsigned], cwd=repository)
    head, gap, message = text.partition(b"\n\n")
    lines = commit.sign(text).strip().replace("\n", "\n ")
    whole = head + f"\ngpgsig {lines}".encode() + gap + message
    made = run(["hash-object", "-t", "commit", "-w", "--stdin"], cwd=repository, data=whole)
    sha = made.decode("ascii").strip()
    try:
        old = commit.parent or ZERO
        run(["update-ref", f"refs/heads/{commit.branch}", sha, old], cwd=repository)
    except CommandFailed as error:
        raise _moved(commit.branch) from error
    return sha


def _moved(branch: str) -> Rejected:
    return Rejected(
        f"the branch {branch!r} moved while a commit was made on it.", hint="Try again."
    )


def _stream(commit: NewCommit) -> bytes:
    author = commit.author.line(commit.when or now())
    ref = _UNSIGNED if commit.sign else f"refs/heads/{commit.branch}"
    parts = [
        f"commit {ref}\nmark :1\n".encode(),
        f"author {author}\ncommitter {author}\n".encode(),
        _data(commit.message.encode()),
    ]
    if commit.parent:
        parts.append(f"from {commit.parent}\n".encode())
    parts += [_change(path, content) for path, content in sorted(commit.files.items())]
    parts += [
        f"M {mode} {sha} ".encode() + _quoted(path) + b"\n" for mode, sha, path in commit.kept
    ]
    parts.append(b"\nget-mark :1\n")
    if commit.sign:
        parts.append(f"reset {ref}\nfrom {ZERO}\n".encode())
    return b"".join(parts)


def _change(path: str, content: bytes | str | None) -> bytes:
    quoted = _quoted("/".join(path_parts(path)))
    if content is None:
        return b"D " + quoted + b"\n"
    body = content.encode() if isinstance(content, str) else content
    mode = b"100755" if body.startswith(b"#!") else b"100644"
    return b"M " + mode + b" inline " + quoted + b"\n" + _data(body)


def _data(body: bytes) -> bytes:
    return f"data {len(body)}\n".encode() + body + b"\n"


def _quoted(path: str) -> bytes:
    if not path:
        raise GitError("a file needs a name.", reason="InvalidName")
    return b'"' + path.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'

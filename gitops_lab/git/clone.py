"""The learner's working clone: what `start`, `solve` and `reset` do in it, by plain git."""

import os
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gitops_lab.asgi.basic import USER
from gitops_lab.git.commits import LAB_AUTHOR, Author
from gitops_lab.git.errors import CommandFailed, GitError, Rejected
from gitops_lab.git.names import path_parts
from gitops_lab.git.process import learner_environment, run

_OURS = (
    *("-c", "commit.gpgSign=false", "-c", "push.gpgSign=false"),
    *("-c", "core.hooksPath=/dev/null", "-c", "rebase.autoSquash=false"),
)
"""Nothing of the learner's own set-up may ask, sign or run when we commit in their clone."""

_CLONE_SECONDS = 900.0
"""A repository may be large, and the machine busy."""


class Clone:
    """A working clone with the remote `origin`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def clone(
        cls, url: str, into: Path, *, credentials_file: Path, author: Author = LAB_AUTHOR
    ) -> "Clone":
        """A new clone in `into` (which must not exist), in which plain git asks for nothing.

        The credentials stay in their file; the clone's own configuration names that file. Name
        and e-mail are set only where the learner has none.
        """
        into.parent.mkdir(parents=True, exist_ok=True)
        if into.exists():
            raise GitError(
                f"{into} exists already.",
                reason="CloneExists",
                hint="Move it away, or go on working in it.",
            )
        helper = _helper(credentials_file)
        run(
            [
                *("-c", "credential.helper=", "-c", f"credential.helper={helper}"),
                *("-c", "http.proxy=", "clone", "-q", "--", url, str(into)),
            ],
            cwd=into.parent,
            env=learner_environment(),
            timeout=_CLONE_SECONDS,
        )
        made = cls(into)
        made.configure(url, credentials_file, author)
        return made

    def exists(self) -> bool:
        """Whether there is a clone."""
        return (self.path / ".git").exists()

    def configure(self, url: str, credentials_file: Path, author: Author = LAB_AUTHOR) -> None:
        """Point the clone at the server, wherever it listens now, and at the credentials.

        The empty helper drops those that the learner's own configuration names, so the token is
        never handed to them.
        """
        self._git("remote", "set-url", "origin", url)
        self._git("config", "remote.origin.proxy", "")
        self._git("config", "--replace-all", "credential.helper", "")
        self._git("config", "--add", "credential.helper", _helper(credentials_file))
        for key, value in (("user.name", author.name), ("user.email", author.email)):
            if not self._try("config", key):
                self._git("config", key, value)

    def url(self) -> str:
        """The address of `origin`."""
        return self._git("config", "remote.origin.url").strip()

    def branch(self) -> str:
        """The branch that is checked out; "" when none is."""
        return self._try("symbolic-ref", "--short", "-q", "HEAD").strip()

    def head(self) -> str:
        """The sha that is checked out; "" in a clone without commits."""
        return self._try("rev-parse", "--verify", "-q", "HEAD").strip()

    def changed_files(self) -> list[str]:
        """What differs from the last commit, new files included; ignored files are not."""
        look = ("--no-optional-locks", "status")  # the learner may commit meanwhile
        rows = self._git(*look, "--porcelain", "-z", "--untracked-files=all", "--no-renames")
        return sorted(row[3:] for row in rows.split("\0") if row)

    def is_dirty(self) -> bool:
        """Whether anything is not committed."""
        return bool(self.changed_files())

    def ahead_behind(self) -> tuple[int, int]:
        """Commits not pushed, and commits not pulled, as of the last fetch."""
        counts = self._try("rev-list", "--left-right", "--count", "HEAD...@{upstream}").split()
        return (int(counts[0]), int(counts[1])) if len(counts) == 2 else (0, 0)

    def write(self, files: Mapping[str, bytes | str | None]) -> None:
        """Write files (None removes) below the clone; never through a link that leads out."""
        for path, content in files.items():
            target = self._inside(path)
            if content is None:
                target.unlink(missing_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit_all(self, message: str) -> str:
        """Commit everything that changed; the sha, or "" when nothing did."""
        self._git("add", "--all")
        if not self._git("status", "--porcelain"):
            return ""
        self._git(*_OURS, "commit", "-q", "--no-verify", "-m", message)
        return self.head()

    def push(self, *refs: str, force: bool = False) -> None:
        """Push the current branch, or `refs`. Raises Rejected when the other side refuses."""
        options = ["--force"] if force else []
        wanted = refs or (f"HEAD:refs/heads/{self.branch() or 'main'}",)
        try:
            self._git(*_OURS, "push", "-q", *options, "origin", *wanted)
        except CommandFailed as error:
            if "rejected" not in error.output:
                raise
            raise Rejected(
                f"the push was refused: {error.output}",
                hint="Run `git pull --rebase` in the clone, then push again.",
            ) from error

    def fetch(self) -> None:
        """Get what is new, deleted branches included; files stay as they are."""
        self._git("fetch", "-q", "--prune", "--tags", "origin")

    def pull(self) -> None:
        """Put local commits on top of what is new. Raises Rejected when they don't fit."""
        self.fetch()
        try:
            self._git(*_OURS, "rebase", "-q", "--autostash", "@{upstream}")
        except CommandFailed as error:
            self._try("rebase", "--abort")
            raise Rejected(
                f"the local commits don't fit on what was pushed: {error.output}",
                hint=f"Run `git pull --rebase` in {self.path} and resolve the conflict there.",
            ) from error

    def save_aside(self, into: Path) -> list[str]:
        """Copy what is not committed into a folder, the changed files as they are now.

        Local commits that were not pushed go there as `NNNN-….patch`. Returns what was saved,
        relative to `into`; the folder is only made when there is something.
        """
        saved = []
        for name in self.changed_files():
            source = self.path / name
            if source.is_symlink() or not source.is_file():
                continue
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            saved.append(name)
        return saved + self._save_commits(into)

    def reset_to_upstream(self, branch: str = "") -> None:
        """Make the files and the branch what `origin` has; what is not committed is lost."""
        self.fetch()
        for unfinished in ("rebase", "merge", "cherry-pick"):
            self._try(unfinished, "--abort")
        wanted = branch or self.branch() or "main"
        self._git(*_OURS, "checkout", "-q", "--force", "-B", wanted, f"origin/{wanted}")
        self._git("clean", "-q", "-f", "-d")

    def _save_commits(self, into: Path) -> list[str]:
        if not self.ahead_behind()[0]:
            return []
        into.mkdir(parents=True, exist_ok=True)
        made = self._git("format-patch", "-o", str(into.resolve()), "@{upstream}..HEAD")
        return [Path(line).name for line in made.splitlines()]

    def _inside(self, path: str) -> Path:
        target = self.path.joinpath(*path_parts(path))
        if not target.resolve().is_relative_to(self.path.resolve()):
            raise GitError(f"{path!r} leads out of the clone.", reason="UnsafePath")
        return target

    def _git(self, *arguments: str) -> str:
        return run(arguments, cwd=self.path, env=learner_environment()).decode(
            "utf-8", "surrogateescape"
        )

    def _try(self, *arguments: str) -> str:
        try:
            return self._git(*arguments)
        except CommandFailed:
            return ""


def _helper(credentials_file: Path) -> str:
    return f"store --file={shlex.quote(str(credentials_file.resolve()))}"


def write_credentials(file: Path, url: str, token: str, *, user: str = USER) -> None:
    """Make the file that `git credential-store` reads, for a server at `url`; mode 0600.

    It is replaced as a whole: a push of the learner may read it at the same moment.
    """
    scheme, _, rest = url.partition("://")
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(handle, "w") as stream:
        stream.write(f"{scheme}://{user}:{token}@{rest.split('/')[0]}\n")
    os.replace(draft, file)

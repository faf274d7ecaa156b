"""The bare repositories of a workspace: made from files, read, and committed to without a clone."""

import hashlib
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from gitops_lab.git import refs as ref_files
from gitops_lab.git.commits import LAB_AUTHOR, Author, Commit, parse_commit
from gitops_lab.git.errors import (
    CommandFailed,
    GitError,
    PathNotFound,
    RepositoryNotFound,
    RevisionNotFound,
)
from gitops_lab.git.export import Limits, TreeExport
from gitops_lab.git.fastimport import Files, NewCommit, Sign, write_commit
from gitops_lab.git.history import history, history_of_path
from gitops_lab.git.names import (
    check_repository_name,
    is_full_sha,
    is_repository_name,
    is_short_sha,
    path_parts,
)
from gitops_lab.git.objects import MissingObject, ObjectReader
from gitops_lab.git.process import run
from gitops_lab.git.trees import find, folder, walk


class Repositories:
    """Bare repositories `<root>/<name>.git`. Thread-safe: it holds nothing but the root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        """The names of all repositories, sorted."""
        found = (path.name.removesuffix(".git") for path in self.root.glob("*.git"))
        return sorted(name for name in found if self.exists(name))

    def exists(self, name: str) -> bool:
        """Whether there is a repository of that name."""
        return is_repository_name(name) and (self.root / f"{name}.git" / "HEAD").is_file()

    def path(self, name: str) -> Path:
        """The folder of a repository. Raises RepositoryNotFound."""
        if not self.exists(name):
            known = ", ".join(self.names()) or "none yet"
            raise RepositoryNotFound(
                f"there is no repository {name!r}.", hint=f"The workspace has: {known}."
            )
        return self.root / f"{name}.git"

    def create(
        self,
        name: str,
        files: Mapping[str, bytes | str],
        *,
        message: str = "Add the first files",
        branch: str = "main",
        author: Author = LAB_AUTHOR,
        when: int = 0,
    ) -> str:
        """A new repository whose first commit has these files; the sha of that commit.

        `when`, in seconds since 1970, makes the sha the same each time. The repository appears
        at once, with its commit in it, or not at all.
        """
        target = self.root / f"{check_repository_name(name)}.git"
        if target.exists():
            raise GitError(f"the repository {name!r} exists already.", reason="RepositoryExists")
        self.root.mkdir(parents=True, exist_ok=True)
        making = self.root / f".{name}-{uuid.uuid4().hex}"
        try:
            run(["init", "-q", "--bare", "--template=", f"-b{branch}", str(making)], cwd=self.root)
            sha = write_commit(making, NewCommit(branch, message, files, "", author, when))
            making.rename(target)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        return sha

    def remove(self, name: str) -> None:
        """Delete a repository and all its history."""
        shutil.rmtree(self.path(name))

    def refs(self, name: str) -> dict[str, str]:
        """Full ref name -> sha."""
        return ref_files.all_refs(self.path(name))

    def default_branch(self, name: str) -> str:
        """The branch that a clone checks out."""
        return ref_files.default_branch(self.path(name))

    def resolve(self, name: str, revision: str) -> str:
        """The full sha of the commit that a branch, a tag or a full or short sha names.

        "" and "HEAD" mean the default branch. Raises RevisionNotFound with what there is.
        """
        repository = self.path(name)
        with ObjectReader(repository) as reader:
            return resolve(repository, revision, reader)

    def commit_at(self, name: str, revision: str) -> Commit:
        """The commit that a revision names, with author, date and subject."""
        repository = self.path(name)
        with ObjectReader(repository) as reader:
            sha = resolve(repository, revision, reader)
            return parse_commit(sha, reader.commit(sha))[0]

    def log(
        self, name: str, revision: str = "HEAD", limit: int = 50, path: str | None = None
    ) -> list[Commit]:
        """Commits, newest first; only those that touched `path`, when one is given."""
        repository = self.path(name)
        with ObjectReader(repository) as reader:
            sha = resolve(repository, revision, reader)
            if path is None:
                return history(reader, sha, limit)
        return history_of_path(repository, sha, limit, path)

    def read(self, name: str, revision: str, path: str) -> bytes:
        """The content of a file. Raises PathNotFound."""
        repository = self.path(name)
        with ObjectReader(repository) as reader:
            entry = find(reader, resolve(repository, revision, reader), path)
            if entry.is_tree:
                raise PathNotFound(f"{path!r} is a folder.", hint="Name a file in it.")
            return reader.blob(entry.sha)

    def files(self, name: str, revision: str = "HEAD", path: str = ".") -> list[str]:
        """The paths of all files below a folder, relative to it."""
        return list(self._shas(name, revision, path))

    def export(
        self,
        name: str,
        revision: str,
        path: str,
        into: Path,
        *,
        limits: Limits | None = None,
        opened: Callable[[Path], ObjectReader] = ObjectReader,
    ) -> None:
        """Write the folder `path` of a commit into the folder `into`, which is made.

        `opened` reads the repository; see `git.submodules`. Raises UnsafePath for what would lead
        out of it, TooLarge beyond `limits`; then `into` is gone again.
        """
        repository = self.path(name)
        with opened(repository) as reader:
            tree = folder(reader, resolve(repository, revision, reader), path)
            into.mkdir(parents=True)
            try:
                TreeExport(reader, limits=limits, prefix=path).write({"": tree}, into)
            except BaseException:
                shutil.rmtree(into, ignore_errors=True)
                raise

    def commit(
        self,
        name: str,
        branch: str,
        message: str,
        files: Files,
        author: Author = LAB_AUTHOR,
        *,
        when: int = 0,
        sign: Sign | None = None,
    ) -> str:
        """A new commit on a branch, straight in the bare repository; its sha.

        None as content removes a path. When nothing would change, the branch stays where it is
        and the sha is that of its tip. A branch that is not there starts without history.
        """
        repository = self.path(name)
        parent = ref_files.read_ref(repository, f"refs/heads/{branch}")
        changed = _changes(files, self._shas(name, parent, ".") if parent else {})
        if parent and not changed:
            return parent
        new = NewCommit(branch, message, changed, parent, author, when, sign=sign)
        return write_commit(repository, new)

    def replace(
        self, name: str, branch: str, message: str, files: Mapping[str, bytes | str]
    ) -> str:
        """A new commit after which the branch has exactly these files; its sha."""
        keep = {"/".join(path_parts(path)) for path in files}
        gone = {path: None for path in self.files(name, branch) if path not in keep}
        return self.commit(name, branch, message, {**files, **gone})

    def _shas(self, name: str, revision: str, path: str) -> dict[str, str]:
        repository = self.path(name)
        with ObjectReader(repository) as reader:
            tree = folder(reader, resolve(repository, revision, reader), path)
            return {file.path: file.entry.sha for file in walk(reader, tree.sha)}


def resolve(repository: Path, revision: str, reader: ObjectReader) -> str:
    """The commit that a revision names: read from the ref files; git is asked for short shas."""
    if sha := ref_files.look_up(repository, revision):
        return _as_commit(reader, sha, revision)
    if is_full_sha(revision):
        return _as_commit(reader, revision, revision)
    if is_short_sha(revision):
        return _expand(repository, revision)
    raise no_revision(repository, revision)


def no_revision(repository: Path, revision: str) -> RevisionNotFound:
    """The error for a revision that isn't there, naming the branches and tags that are."""
    kinds = (("branches", ref_files.branches), ("tags", ref_files.tags))
    known = [f"{kind}: {', '.join(names[:12])}" for kind, of in kinds if (names := of(repository))]
    return RevisionNotFound(
        f"the repository {repository.name.removesuffix('.git')!r} has no branch, tag or commit "
        f"{revision!r}.",
        hint=f"It has {'; '.join(known)}." if known else "It has no commit yet.",
    )


def _as_commit(reader: ObjectReader, sha: str, revision: str) -> str:
    try:
        peeled = reader.peel(sha)
        reader.commit(peeled)
    except MissingObject as error:
        raise RevisionNotFound(f"{revision!r} does not name a commit.") from error
    return peeled


def _expand(repository: Path, short: str) -> str:
    try:
        found = run(
            ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{short}^{{commit}}"],
            cwd=repository,
        )
    except CommandFailed as error:
        if "ambiguous" in error.output:
            raise RevisionNotFound(
                f"{short!r} is the start of more than one commit.", hint="Give more digits."
            ) from error
        raise no_revision(repository, short) from error
    return found.decode("ascii").strip()


def _changes(files: Files, there: Mapping[str, str]) -> Files:
    """Only what differs from the files that are there (path -> blob sha)."""
    wanted = {"/".join(path_parts(path)): content for path, content in files.items()}
    return {
        path: content
        for path, content in wanted.items()
        if there.get(path) != (None if content is None else _blob_sha(content))
    }


def _blob_sha(content: bytes | str) -> str:
    body = content.encode() if isinstance(content, str) else content
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()

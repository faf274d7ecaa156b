"""The first stage: which commit a revision stands for, and its files in a local folder.

It stands between a push and the new version being live, so both are read from the repository's
own files: `resolve` takes some 0.1 ms, `fetch` of a small folder 2 ms, and no process is started
as long as objects are loose.
"""

import os
import posixpath
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from gitops_lab.engine.app import Source
from gitops_lab.engine.charts import Charts
from gitops_lab.engine.errors import SourceError
from gitops_lab.engine.footprint import KUSTOMIZATION_FILES, footprint
from gitops_lab.engine.ignore import FILE as IGNORE_FILE
from gitops_lab.engine.ignore import Ignore
from gitops_lab.engine.nearby import is_on_this_machine
from gitops_lab.engine.ranges import is_range, pick
from gitops_lab.engine.recent import Recent
from gitops_lab.engine.signatures import verify
from gitops_lab.engine.source_spec import Chart
from gitops_lab.errors import Place
from gitops_lab.git import (
    Commit,
    GitError,
    Limits,
    PathNotFound,
    Repositories,
    RepositoryNotFound,
    RevisionNotFound,
    TooLarge,
    UnsafePath,
)
from gitops_lab.git.commits import parse_commit
from gitops_lab.git.export import Content, TreeExport, Written
from gitops_lab.git.names import path_parts
from gitops_lab.git.objects import ObjectReader, TreeEntry
from gitops_lab.git.refs import look_up, tags
from gitops_lab.git.repositories import resolve
from gitops_lab.git.submodules import SubmoduleReader
from gitops_lab.git.trees import folder

__all__ = ["Artifact", "Commit", "SourceStore"]

_REMEMBERED = 256
_FILES_KNOWN = 20_000
_IGNORE_BYTES = 64 * 1024
_ARTIFACTS_KEPT = 64
_PORTION = 4
"""It is collected after so many parts of what is kept."""
_YOUNG_SECONDS = 300


@dataclass(frozen=True)
class Artifact:
    """Files of a commit in a local folder that nobody writes to.

    `path` is the folder that the App names; it lies in `root`, which is the folder `prefix` of the
    repository ("" is its top). `digest` is the same for the same files. `others` are those of the
    source's additional ones.
    """

    repo: str
    commit: str
    path: Path
    digest: str
    root: Path
    prefix: str = ""
    others: tuple["Artifact", ...] = ()

    def name_of(self, file: Path) -> str:
        """The path of a file in the repository, as a learner knows it."""
        return posixpath.join(self.prefix, Path(os.path.relpath(file, self.root)).as_posix())


class SourceStore:
    """Reads bare repositories below a root; artifacts are kept by content in `cache_dir`.

    Thread-safe; several processes may share the cache.
    """

    def __init__(
        self, repositories_root: Path, cache_dir: Path, *, limits: Limits | None = None
    ) -> None:
        self._repositories = Repositories(repositories_root)
        self._folders = cache_dir / "trees"
        self._limits = limits or Limits()
        self._charts = Charts(self._limits)
        self._commits: Recent[tuple[str, str], Commit] = Recent(_REMEMBERED)
        self._artifacts: Recent[tuple[object, ...], Artifact] = Recent(_REMEMBERED)
        self._files: Recent[Content, Written] = Recent(_FILES_KNOWN)
        self._verified: Recent[tuple[object, ...], bool] = Recent(_REMEMBERED)
        self._stored_since = 0
        self._unpacking: dict[str, threading.Lock] = {}
        self._exporting = [threading.Lock() for _ in range(16)]

    def resolve(self, source: Source) -> Commit:
        """The commit that the revision stands for now.

        Raises SourceError: RepositoryNotFound or RevisionNotFound, with what there is.
        """
        if source.chart:
            return self._charts.resolve(source.chart, source.revision)
        with _source_errors(source), self._reader(source) as reader:
            repository = self._repositories.path(source.repo)
            revision = _revision(repository, source.revision)
            sha = look_up(repository, revision) or revision
            if known := self._commits.get((source.repo, sha)):
                return known
            sha = resolve(repository, revision, reader)
            return self._commit(source.repo, sha, reader)

    def forget_charts(self) -> None:
        """Look anew for versions of charts."""
        self._charts.forget()

    def verify(self, source: Source, commit: Commit, keys: tuple[str, ...]) -> None:
        """Check that one of the keys signed the commit. Raises SourceError."""
        if source.verify is None:
            return
        asked = (source.repo, commit.sha, source.verify.mode, keys)
        if self._verified.get(asked) is None:
            repository = self._repositories.path(source.repo)
            verify(repository, commit.sha, source.verify.mode, keys)
            self._verified.put(asked, True)

    def fetch(self, source: Source, commit: Commit) -> Artifact:
        """The files below the source's path, and those of its additional sources as they are now.

        Raises SourceError: PathNotFound, UnsafePath or SourceTooLarge.
        """
        artifact = self._fetch(source, commit)
        others = [self.fetch(other, self.resolve(other)) for other in source.others]
        return replace(artifact, others=tuple(others)) if others else artifact

    def _chart(self, chart: Chart, version: str) -> Artifact:
        """A version of a chart; known by the digest of its archive, or by its name without one."""
        known = self._charts.digest(chart, version) or _digest("named", (chart, version))
        local = self._folders / f"chart-{known[:40]}"
        with self._unpacking.setdefault(known, threading.Lock()):
            if not self._is_there(local):
                self._folders.mkdir(parents=True, exist_ok=True)
                self._charts.unpack(chart, version, local)
                self._collect(local)
        return Artifact(f"{chart.repository}/{chart.name}", version, local, local.name, local)

    def _fetch(self, source: Source, commit: Commit) -> Artifact:
        if source.chart:
            return self._chart(source.chart, commit.sha)
        with _source_errors(source), self._reader(source) as reader:
            path = "/".join(path_parts(source.path))
            how = (_beside(source), source.ignore, source.submodules)
            asked = (source.repo, commit.sha, path, how)
            known = self._artifacts.get(asked)
            if known and self._is_there(known.root):
                return known
            artifact = self._fetched(source, commit, path, reader)
            self._artifacts.put(asked, artifact)
            return artifact

    def _fetched(self, source: Source, commit: Commit, path: str, reader: ObjectReader) -> Artifact:
        tree = folder(reader, commit.sha, path)
        rows = {entry.name: entry for entry in reader.tree(tree.sha)}
        patterns = (*_sourceignore(reader, rows), *source.ignore)
        beside = _beside(source)
        if rows.keys().isdisjoint(KUSTOMIZATION_FILES) and not beside:
            export = self._tree_export(reader, Ignore(patterns), path)
            alone = not (patterns or source.submodules)
            digest = tree.sha if alone else _digest("tree", (tree.sha, patterns, source.submodules))
            local = self._stored(digest, export, {"": tree})
            return Artifact(source.repo, commit.sha, local, digest, local, path)
        root = folder(reader, commit.sha, "")
        parts = footprint(reader, root, path, beside)
        shas = [(path, ""), *((at, part.sha) for at, part in parts.items()), *patterns]
        digest = _digest("build", (shas, source.submodules))
        ignore = _below(path, Ignore(patterns))
        local = self._stored(digest, self._tree_export(reader, ignore), parts)
        return Artifact(source.repo, commit.sha, local / path, digest, local)

    def _tree_export(
        self, reader: ObjectReader, ignore: Callable[[str], bool], prefix: str = ""
    ) -> TreeExport:
        return TreeExport(
            reader,
            limits=self._limits,
            prefix=prefix,
            known=self._files.get,
            leave_out=ignore,
        )

    def _reader(self, source: Source) -> ObjectReader:
        repository = self._repositories.path(source.repo)
        return (
            SubmoduleReader(repository, self._other)
            if source.submodules
            else ObjectReader(repository)
        )

    def _other(self, url: str) -> Path | None:
        """The repository of the workspace that a submodule's URL means."""
        name = posixpath.basename(url.rstrip("/")).removesuffix(".git")
        here = url.startswith(("./", "../")) or is_on_this_machine(url)
        return self._repositories.path(name) if here and self._repositories.exists(name) else None

    def _commit(self, repo: str, sha: str, reader: ObjectReader) -> Commit:
        """A commit never changes, so it is remembered."""
        known = self._commits.get((repo, sha))
        if known is None:
            known = parse_commit(sha, reader.commit(sha))[0]
            self._commits.put((repo, sha), known)
        return known

    def _is_there(self, folder: Path) -> bool:
        """Whether an artifact's folder is there; if so, it counts as used just now."""
        try:
            os.utime(folder)
        except FileNotFoundError:
            return False
        return True

    def _stored(self, digest: str, export: TreeExport, parts: Mapping[str, TreeEntry]) -> Path:
        """The folder of an artifact, written when it is not there yet."""
        target = self._folders / digest
        with self._exporting[hash(digest) % len(self._exporting)]:
            if not self._is_there(target):
                self._export(export, parts, target)
                self._collect(target)
        return target

    def _export(self, export: TreeExport, parts: Mapping[str, TreeEntry], target: Path) -> None:
        making = self._folders / f".{uuid.uuid4().hex}"
        making.mkdir(parents=True)
        try:
            export.write(parts, making)
            making.rename(target)
        except OSError:
            if not target.is_dir():  # else another process was faster
                raise
        else:
            for same, file in export.written.items():
                self._files.put(same, Written(f"{target}/{file.path}", file.size))
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def _collect(self, newest: Path) -> None:
        """Drop what was not used for longest; what may be in use is left.

        Not at each artifact: to look at all of them costs as much as to make one.
        """
        self._stored_since += 1
        if self._stored_since * _PORTION < _ARTIFACTS_KEPT:
            return
        self._stored_since = 0
        entries = [entry for entry in self._folders.iterdir() if entry != newest]
        used = sorted(((_mtime(entry), entry) for entry in entries), reverse=True)
        too_young = time.time() - _YOUNG_SECONDS
        for when, entry in used[_ARTIFACTS_KEPT:]:
            if when < too_young:
                shutil.rmtree(entry, ignore_errors=True)


def _revision(repository: Path, revision: str) -> str:
    """The revision, or the tag that a range picks. Raises RevisionNotFound."""
    if not is_range(revision):
        return revision
    known = tags(repository)
    tag = pick(revision, known)
    if tag is None:
        raise RevisionNotFound(
            f"no tag is a version in the range {revision!r}.",
            hint=f"The tags are: {', '.join(known[-10:]) or 'none'}.",
        )
    return f"refs/tags/{tag}"


def _sourceignore(reader: ObjectReader, rows: Mapping[str, TreeEntry]) -> tuple[str, ...]:
    """The patterns in the folder's own file."""
    entry = rows.get(IGNORE_FILE)
    if entry is None or entry.is_tree or entry.is_submodule:
        return ()
    text = reader.blob(entry.sha, limit=_IGNORE_BYTES).decode("utf-8", "replace")
    return tuple(text.splitlines())


def _below(path: str, ignore: Ignore) -> Callable[[str], bool]:
    """Patterns of a folder, for paths that begin at the repository's root."""
    inside = f"{path}/" if path else ""
    return lambda file: file.startswith(inside) and ignore(file[len(inside) :])


def _digest(kind: str, parts: object) -> str:
    return f"{kind}-{blake2b(repr(parts).encode(), digest_size=16).hexdigest()}"


def _beside(source: Source) -> tuple[str, ...]:
    """What the App names besides the path, relative to it: components, and value files."""
    components = source.kustomize.components if source.kustomize else ()
    files = source.helm.value_files if source.helm else ()
    return (*components, *(name for name in files if name.startswith("../")))


def _mtime(entry: Path) -> float:
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:
        return 0.0


_REASONS: dict[type[GitError], tuple[str, str, bool]] = {
    RepositoryNotFound: ("RepositoryNotFound", "spec.source.repo", True),
    RevisionNotFound: ("RevisionNotFound", "spec.source.revision", True),
    PathNotFound: ("PathNotFound", "spec.source.path", False),
    UnsafePath: ("UnsafePath", "spec.source.path", False),
    TooLarge: ("SourceTooLarge", "spec.source.path", False),
}
"""Error -> reason, the App's field that is to blame, and whether the same commit may do later."""


@contextmanager
def _source_errors(source: Source) -> Iterator[None]:
    """What git's errors mean for an App."""
    try:
        yield
    except GitError as error:
        reason, field, retry = _REASONS.get(type(error), ("SourceFailed", "", True))
        place = error.place if error.place.file else Place(field=field)
        raise SourceError(
            error.message, reason=reason, hint=error.hint, place=place, retry=retry
        ) from error

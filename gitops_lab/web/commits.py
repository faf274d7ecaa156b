"""The Git graph as facts: the newest commits of all branches, what each touched, in lanes."""

import heapq
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from gitops_lab.git import Commit, GitError, Repositories
from gitops_lab.git.commits import lineage, parse_commit
from gitops_lab.git.objects import ObjectReader
from gitops_lab.web.facts import AppFact, CommitFact, RepoFact

SHOWN = 30
_PATHS = 200
_HEADS = ("refs/heads/", "refs/tags/")


class Commits:
    """Reads graphs; a commit is read once. For one thread at a time."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories
        self._known: dict[str, CommitFact] = {}

    def graph(self, name: str) -> RepoFact:
        """The newest commits that any branch or tag reaches. Raises GitError."""
        refs = self._repositories.refs(name)
        with ObjectReader(self._repositories.path(name)) as reader:
            tips: dict[str, list[str]] = {}
            for ref, sha in refs.items():
                if ref.startswith(_HEADS):
                    short = ref.removeprefix(_HEADS[0]).removeprefix(_HEADS[1])
                    tips.setdefault(reader.peel(sha), []).append(short)
            commits = list(self._walk(reader, tips))
        self._known = {c.sha: c for c in commits} | dict(list(self._known.items())[-500:])
        return RepoFact(name, tuple(_in_lanes(commits, tips)))

    def _walk(self, reader: ObjectReader, tips: Iterable[str]) -> Iterator[CommitFact]:
        seen = set(tips)
        waiting = [(-self._when(reader, sha), 0, sha) for sha in seen]
        heapq.heapify(waiting)
        count = 0
        while waiting and count < SHOWN:
            _, order, sha = heapq.heappop(waiting)
            count += 1
            commit = self._known.get(sha) or _read(reader, sha)
            yield commit
            for parent in commit.parents:
                if parent not in seen:
                    seen.add(parent)
                    heapq.heappush(waiting, (-self._when(reader, parent), order + 1, parent))

    def _when(self, reader: ObjectReader, sha: str) -> int:
        return lineage(reader.commit(sha))[0]


def changed_apps(commit: CommitFact, repo: str, apps: Iterable[AppFact]) -> list[AppFact]:
    """The Apps whose folder a commit touched."""
    folders = _folders(commit.paths)
    return [a for a in apps if a.repo == repo and posixpath.normpath(a.path) in folders]


@lru_cache(maxsize=512)
def _folders(paths: tuple[str, ...]) -> frozenset[str]:
    """Every folder in which one of the paths lies, at any depth; the top is `.`."""
    found = {"."}
    for path in paths:
        found.add(path)
        while path := posixpath.dirname(path):
            found.add(path)
    return frozenset(found)


def _read(reader: ObjectReader, sha: str) -> CommitFact:
    text = reader.commit(sha)
    commit, tree = parse_commit(sha, text)
    parents = lineage(text)[1]
    before = parse_commit(parents[0], reader.commit(parents[0]))[1] if parents else ""
    try:
        paths = tuple(_touched(reader, before, tree))[:_PATHS]
    except GitError:
        paths = ()
    return _fact(commit, tuple(parents), paths)


def _fact(commit: Commit, parents: tuple[str, ...], paths: tuple[str, ...]) -> CommitFact:
    return CommitFact(commit.sha, commit.subject, commit.author, commit.date, parents, (), paths)


def _touched(reader: ObjectReader, before: str, after: str, prefix: str = "") -> Iterator[str]:
    """The paths that differ between two trees; equal folders are not opened."""
    if prefix.count("/") > 30:
        return
    old = {entry.name: entry for entry in reader.tree(before)} if before else {}
    new = {entry.name: entry for entry in reader.tree(after)} if after else {}
    for name in sorted({*old, *new}):
        left, right = old.get(name), new.get(name)
        if left == right:
            continue
        if (left and left.is_tree) or (right and right.is_tree):
            yield from _touched(
                reader,
                left.sha if left and left.is_tree else "",
                right.sha if right and right.is_tree else "",
                f"{prefix}{name}/",
            )
        else:
            yield prefix + name


def _in_lanes(
    commits: Iterable[CommitFact], tips: Mapping[str, Iterable[str]]
) -> Iterator[CommitFact]:
    """Each commit in the lane of the child that expects it first; a merge opens another."""
    lanes: list[str] = []
    for commit in commits:
        if commit.sha not in lanes:
            _place(lanes, commit.sha)
        lane = lanes.index(commit.sha)
        lanes = ["" if sha == commit.sha else sha for sha in lanes]
        for number, parent in enumerate(commit.parents):
            if parent in lanes:
                continue
            if number == 0:
                lanes[lane] = parent
            else:
                _place(lanes, parent)
        refs = tuple(sorted(tips.get(commit.sha, ()), key=lambda ref: (ref != "main", ref)))
        yield CommitFact(
            commit.sha,
            commit.subject,
            commit.author,
            commit.date,
            commit.parents,
            refs,
            commit.paths,
            lane,
        )


def _place(lanes: list[str], sha: str) -> None:
    if "" in lanes:
        lanes[lanes.index("")] = sha
    else:
        lanes.append(sha)

"""The commits behind a commit, newest first."""

import heapq
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from gitops_lab.git.commits import Commit, lineage, parse_commit
from gitops_lab.git.objects import ObjectReader
from gitops_lab.git.process import clean_environment


def history(reader: ObjectReader, sha: str, limit: int) -> list[Commit]:
    """At most `limit` commits from `sha` on, as `git log` orders them: by the time of commit."""
    return list(islice(_walk(reader, sha), limit))


def history_of_path(repository: Path, sha: str, limit: int, path: str) -> list[Commit]:
    """Only the commits that touched a path; git simplifies the history as for `git log`.

    GitPython is imported when it is first needed: it costs 0.2 s.
    """
    import git

    with git.Repo(repository) as opened:
        opened.git.update_environment(**clean_environment())
        found = opened.iter_commits(sha, max_count=limit, paths=path)
        return [parse_commit(commit.hexsha, _raw(commit))[0] for commit in found]


def _walk(reader: ObjectReader, sha: str) -> Iterator[Commit]:
    """Children come before their parents even where clocks disagree, along each line."""
    seen = {sha}
    waiting = [_entry(reader, sha, 0)]
    while waiting:
        _, order, current, text = heapq.heappop(waiting)
        yield parse_commit(current, text)[0]
        for number, parent in enumerate(lineage(text)[1]):
            if parent not in seen:
                seen.add(parent)
                heapq.heappush(waiting, _entry(reader, parent, order + number + 1))


def _entry(reader: ObjectReader, sha: str, order: int) -> tuple[int, int, str, bytes]:
    text = reader.commit(sha)
    return -lineage(text)[0], order, sha, text


def _raw(commit: Any) -> bytes:
    content: bytes = commit.repo.odb.stream(commit.binsha).read()
    return content

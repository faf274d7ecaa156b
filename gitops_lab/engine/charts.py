"""Charts of a Helm repository: an index over HTTP names the versions, and where their archives are.

Nothing is reached but this machine. An index is asked for again at most once a second.
"""

import hashlib
import http.client
import shutil
import tarfile
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from gitops_lab.engine.errors import SourceError
from gitops_lab.engine.nearby import get, is_on_this_machine
from gitops_lab.engine.ranges import closest
from gitops_lab.engine.source_spec import Chart
from gitops_lab.engine.unpack import unpack
from gitops_lab.errors import Place
from gitops_lab.git import Commit, Limits
from gitops_lab.kube.yamls import YamlError, load_all

_FRESH = 1.0
_INDEX_SECONDS = 20.0
_ARCHIVE_SECONDS = 60.0
_INDEX_BYTES = 10 * 1024 * 1024
_ARCHIVE_BYTES = 64 * 1024 * 1024
_NAMED = 10
_FIELD = "spec.source.chart"
_SERVE = "Serve it with `helm repo index FOLDER` and `python3 -m http.server` in that folder."


_Entries = Mapping[str, list[dict[str, Any]]]


@dataclass
class _Index:
    """The versions of each chart by its name, or why there are none; and when that was said.

    Each repository has a lock of its own: who waits for a slow one is in nobody else's way.
    """

    entries: _Entries = field(default_factory=dict)
    error: SourceError | None = None
    at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


class Charts:
    """Charts as sources: a version is what a commit is elsewhere. Thread-safe."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._indexes: dict[str, _Index] = {}
        self._lock = threading.Lock()

    def resolve(self, chart: Chart, wanted: str) -> Commit:
        """The highest version in the range, or the exact one. Raises SourceError."""
        entry = self._entry(chart, wanted)
        version = str(entry["version"])
        subject = f"{chart.name} {version}"
        told = str(entry.get("description") or "").strip()
        return Commit(
            version,
            "",
            "",
            str(entry.get("created") or ""),
            f"{subject}: {told}" if told else subject,
        )

    def forget(self) -> None:
        """Ask for indexes anew, however fresh they are."""
        with self._lock:
            self._indexes.clear()

    def digest(self, chart: Chart, version: str) -> str:
        """What the archive hashes to, "" where the index doesn't say. Raises SourceError."""
        digest = str(self._entry(chart, version).get("digest") or "")
        return digest.removeprefix("sha256:")

    def unpack(self, chart: Chart, version: str, target: Path) -> None:
        """Write the chart's files to `target`, which is not there yet. Raises SourceError."""
        entry = self._entry(chart, version)
        urls = entry.get("urls") or []
        if not urls:
            raise _invalid(chart, f"the index names no archive of {chart.name} {version}.")
        url = urljoin(f"{chart.repository.rstrip('/')}/", str(urls[0]))
        content = _get(url, _ARCHIVE_BYTES, _ARCHIVE_SECONDS)
        known = str(entry.get("digest") or "").removeprefix("sha256:")
        if known and hashlib.sha256(content).hexdigest() != known:
            raise _invalid(chart, f"the archive at {url} is not what its digest in the index says.")
        self._write(chart, content, target)

    def _write(self, chart: Chart, content: bytes, target: Path) -> None:
        making = target.parent / f".{uuid.uuid4().hex}"
        try:
            with tarfile.open(fileobj=BytesIO(content)) as archive:
                self._refuse_large(chart, archive)
                unpack(archive, making)
            if not (making / chart.name / "Chart.yaml").is_file():
                raise _invalid(chart, f"its archive has no {chart.name}/Chart.yaml.")
            (making / chart.name).rename(target)
        except (tarfile.TarError, EOFError, OSError) as error:
            if not target.is_dir():  # else another thread or process was faster
                raise _invalid(chart, f"its archive can't be unpacked: {error}.") from error
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def _refuse_large(self, chart: Chart, archive: tarfile.TarFile) -> None:
        members = archive.getmembers()
        size = sum(member.size for member in members)
        if size > self._limits.total_bytes or len(members) > self._limits.files:
            raise _invalid(chart, f"its archive holds {len(members)} files, {size:,} bytes.")

    def _entry(self, chart: Chart, wanted: str) -> dict[str, Any]:
        index = self._index(chart.repository)
        entries = index.get(chart.name) or []
        if not entries:
            raise _missing(
                "ChartNotFound",
                f"{chart.repository} has no chart {chart.name!r}.",
                f"It has: {', '.join(sorted(index)[:_NAMED]) or 'none'}.",
            )
        versions = [str(entry["version"]) for entry in entries]
        version = closest(wanted, versions)
        if version is None:
            raise _missing(
                "ChartVersionNotFound",
                f"{chart.repository} has no {chart.name} of version {wanted!r}.",
                f"It has: {', '.join(versions[:_NAMED])}.",
            )
        return entries[versions.index(version)]

    def _index(self, repository: str) -> _Entries:
        with self._lock:
            known = self._indexes.setdefault(repository, _Index())
        asked = time.monotonic()
        with known.lock:
            # What was said while this one waited is said to this one, too: a bad answer as well.
            if known.at < min(asked, time.monotonic() - _FRESH):
                self._ask(repository, known)
            if known.error is not None:
                raise known.error.with_traceback(None)
            return known.entries

    def _ask(self, repository: str, known: _Index) -> None:
        try:
            url = f"{repository.rstrip('/')}/index.yaml"
            known.entries = _entries(repository, _get(url, _INDEX_BYTES, _INDEX_SECONDS))
            known.error = None
        except SourceError as error:
            known.error = error
        known.at = time.monotonic()


def _entries(repository: str, content: bytes) -> dict[str, list[dict[str, Any]]]:
    try:
        documents = load_all(content, file="index.yaml")
    except YamlError as error:
        raise _unreadable(repository, f"its index.yaml is {error.message}") from error
    index = documents[0].obj if documents else None
    entries = index.get("entries") if isinstance(index, dict) else None
    if not isinstance(entries, dict):
        raise _unreadable(repository, "its index.yaml has no `entries`.")
    return {
        str(name): [one for one in found if isinstance(one, dict) and one.get("version")]
        for name, found in entries.items()
        if isinstance(found, list)
    }


def _get(url: str, most: int, seconds: float) -> bytes:
    if not is_on_this_machine(url):
        raise _unreadable(url, "it is not on this machine, and nothing else is reached.")
    try:
        answer = get(url, most, seconds)
    except (OSError, http.client.HTTPException) as error:
        raise _unreadable(url, f"{error}.") from error
    if answer.status != http.client.OK:
        raise _unreadable(url, f"the answer is {answer.status} {answer.reason}.")
    if answer.too_large:
        raise _unreadable(url, f"it has more than {most >> 20} MB.")
    return answer.content


def _missing(reason: str, message: str, hint: str) -> SourceError:
    return SourceError(message, reason=reason, hint=hint, place=Place(field=_FIELD))


def _unreadable(url: str, why: str) -> SourceError:
    return SourceError(
        f"can't read {url}: {why}",
        reason="ChartRepositoryUnreachable",
        hint=_SERVE,
        place=Place(field=f"{_FIELD}.repository"),
    )


def _invalid(chart: Chart, why: str) -> SourceError:
    return SourceError(
        f"the chart {chart.name} of {chart.repository} can't be used: {why}",
        reason="ChartInvalid",
        hint="Package it again (`helm package`), and make the index anew (`helm repo index`).",
        place=Place(field=_FIELD),
    )

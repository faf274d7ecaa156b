"""The git generator: parameters from the folders of a repository, or from files in it.

Paths of `directories` are patterns in which a star stays within a folder; those of `files` are
as `git ls-files` reads them, where a star crosses folders.
"""

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.dialects.argocd.projects.globs import matches
from gitops_lab.dialects.argocd.sets.errors import SetError
from gitops_lab.dialects.argocd.sets.generators.inputs import Inputs
from gitops_lab.dialects.argocd.sets.params import Filler, Params, flat, sanitized
from gitops_lab.kube import yamls
from gitops_lab.kube.yamls import YamlError

_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class _Work:
    """One generator at one commit."""

    spec: Mapping[str, Any]
    filler: Filler
    inputs: Inputs
    url: str
    commit: str

    @property
    def prefix(self) -> str:
        return str(self.spec.get("pathParamPrefix") or "")

    def items(self, key: str) -> list[tuple[str, bool]]:
        """(pattern, whether it leaves out)."""
        return [
            (str(item.get("path", "")), bool(item.get("exclude")))
            for item in self.spec.get(key) or []
        ]


def generate(spec: Mapping[str, Any], filler: Filler, inputs: Inputs) -> list[Params]:
    """A parameter set for each folder, or for each mapping in a file. Raises SetError."""
    if not spec.get("directories") and not spec.get("files"):
        raise SetError("ApplicationSet is empty: the git generator has no directories, no files")
    url, revision = str(spec.get("repoURL") or ""), str(spec.get("revision") or "")
    try:
        work = _Work(spec, filler, inputs, url, _commit(spec, inputs, url, revision))
        return _directories(work) if spec.get("directories") else _files(work)
    except SetError as error:
        message = f"error generating params from git: {error.message}"
        raise SetError(message, reason=error.reason) from error


def _commit(spec: Mapping[str, Any], inputs: Inputs, url: str, revision: str) -> str:
    """The commit; what keeps it from being found is told as of what was looked for."""
    try:
        return inputs.commit(url, revision)
    except SetError as error:
        what = "error retrieving Git files"
        if spec.get("directories"):
            what = "error getting directories from repo: error retrieving Git Directories"
        raise SetError(f"{what}: {error.message}", reason=error.reason) from error


def _directories(work: _Work) -> list[Params]:
    patterns = work.items("directories")
    return [
        _finished(work, {}, _path_of(folder))
        for folder in _folders(work.inputs.files(work.url, work.commit))
        if _is_chosen(folder, patterns, lambda path, text: matches(path, text, separators="/"))
    ]


def _folders(files: Iterable[str]) -> list[str]:
    """All folders in which files are, but hidden ones, as a walk meets them."""
    found: set[tuple[str, ...]] = set()
    for file in files:
        parts = tuple(file.split("/")[:-1])
        for end in range(1, len(parts) + 1):
            if parts[end - 1].startswith("."):
                break
            found.add(parts[:end])
    return ["/".join(parts) for parts in sorted(found)]


def _files(work: _Work) -> list[Params]:
    patterns = work.items("files")
    found = []
    for file in sorted(work.inputs.files(work.url, work.commit)):
        if _is_chosen(file, patterns, _is_listed):
            try:
                found += [
                    _finished(work, content, _path_of(posixpath.dirname(file) or ".", file))
                    for content in _contents(work.inputs.read(work.url, work.commit, file))
                ]
            except SetError as error:
                raise SetError(f"unable to process file '{file}': {error.message}") from error
    return found


def _is_listed(pattern: str, file: str) -> bool:
    """As a path given to `git ls-files`."""
    if _WILD.search(pattern):
        return fnmatch.fnmatchcase(file, pattern)
    return file == pattern or file.startswith(pattern.rstrip("/") + "/")


def _is_chosen(text: str, patterns: Iterable[tuple[str, bool]], fits: Any) -> bool:
    hits = [leaves_out for pattern, leaves_out in patterns if fits(pattern, text)]
    return bool(hits) and not any(hits)


def _contents(text: str) -> list[Mapping[str, Any]]:
    """The mappings in a JSON or YAML file."""
    try:
        found = yamls.load(text)
    except YamlError as error:
        raise SetError(f"unable to parse file: {error.message}") from error
    items = found if isinstance(found, list) else [found if found is not None else {}]
    if not all(isinstance(item, Mapping) for item in items):
        raise SetError("unable to parse file: it holds neither a mapping nor a list of mappings")
    return list(items)


def _path_of(folder: str, file: str = "") -> Params:
    """The parameters of a place, under `path`."""
    base = posixpath.basename(folder)
    params: Params = {
        "path": folder,
        "basename": base,
        "basenameNormalized": sanitized(base),
        "segments": folder.split("/"),
    }
    if file:
        name = posixpath.basename(file)
        params |= {"filename": name, "filenameNormalized": sanitized(name)}
    return params


def _finished(work: _Work, content: Mapping[str, Any], path: Params) -> Params:
    """The content of a file with where it is; Go templates see nested values."""
    params: Params
    if work.filler.go:
        place = {"path": path, "commitSHA": work.commit}
        params = {**content, **({work.prefix: place} if work.prefix else place)}
    else:
        start = f"{work.prefix}." if work.prefix else ""
        params = {**flat(content), f"{start}commitSHA": work.commit, f"{start}path": path["path"]}
        for key, value in path.items():
            if key not in ("path", "segments"):
                params[f"{start}path.{key}"] = value
        for number, segment in enumerate(path["segments"]):
            params[f"{start}path[{number}]"] = segment
    return work.filler.with_values(work.spec.get("values") or {}, params)

"""Reading kustomization files before anything runs: what they refer to, and whether we allow it.

Every reference must be a file or folder that is in the commit. So no build can reach the network,
whatever Kustomize would do with a name that is none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.footprint import KUSTOMIZATION_FILES
from gitops_lab.engine.render.files import read_documents
from gitops_lab.engine.source import Artifact
from gitops_lab.errors import Place

_MOST = 500
_REMOTE = re.compile(
    r"://|^[\w.-]+@|^(git|s3|hg|gcs)::|[?&](ref|version|timeout|submodules)=|\.git(//|/|\?|$)"
    r"|^([\w-]+\.)+(com|org|net|io|dev|local)[:/]"
)
_LOADED = re.compile(r"^[\s{-]*(['\"]?(path|paths|files|envs?|repo)['\"]?\s*:|-\s).*://|=\w+://")
_PLUGINS = ("generators", "transformers", "validators")
_FOLDERS_OR_FILES = ("resources", "bases", "components", "generators", "transformers", "validators")
_FILES = ("crds", "configurations", "patchesStrategicMerge")
_WITH_PATH = ("patches", "patchesJson6902", "replacements")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_HELM = ("helmCharts", "helmGlobals", "helmChartInflationGenerator")


@dataclass
class Kustomization:
    """One kustomization file: its place, its text and what it says."""

    path: Path
    name: str
    text: str
    content: dict[str, Any]

    def line_of(self, entry: str, after: int = 0) -> int:
        """The first line (1-based) that has the entry, from line `after` on; 0 when none has."""
        rows = enumerate(self.text.splitlines(), start=1)
        return next((number for number, row in rows if number > after and entry in row), 0)


@dataclass
class Survey:
    """What a build reads: kustomization files, resource files and other files.

    The files are paths without links, each with its name in the repository.
    """

    kustomizations: list[Kustomization] = field(default_factory=list)
    resources: dict[Path, str] = field(default_factory=dict)
    others: dict[Path, str] = field(default_factory=dict)


def kustomization_file(folder: Path) -> Path | None:
    """The folder's kustomization file, if it has one."""
    return next((path for name in KUSTOMIZATION_FILES if (path := folder / name).is_file()), None)


def survey(artifact: Artifact, components: tuple[str, ...] = ()) -> Survey:
    """Everything that the build of an artifact's path reads. Raises RenderError.

    `components` are folders that the App adds, relative to the path.
    """
    surveyor = _Surveyor(artifact)
    surveyor.folder(artifact.path.resolve())
    for index, component in enumerate(components):
        surveyor.component(component, f"spec.source.kustomize.components[{index}]")
    return surveyor.found


class _Surveyor:
    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact
        self._root = artifact.root.resolve()
        self._seen: set[Path] = set()
        self.found = Survey()

    def component(self, name: str, field: str) -> None:
        """A folder that the App names and not a file."""
        folder = (self._artifact.path / name).resolve()
        if not folder.is_relative_to(self._root) or kustomization_file(folder) is None:
            raise RenderError(
                f"there is no component in {name!r}.",
                reason="MissingBase",
                place=Place(field=field),
                hint="It is a folder with a kustomization.yaml, relative to spec.source.path.",
            )
        self.folder(folder)

    def folder(self, folder: Path) -> None:
        file = kustomization_file(folder)
        if file is None or file in self._seen:
            return
        self._seen.add(file)
        if len(self._seen) > _MOST:
            raise self._error(None, "", f"the build has more than {_MOST} folders.", "TooLarge")
        one = self._read(file)
        self.found.kustomizations.append(one)
        self._refuse_helm(one)
        for entry, may_be_folder in _references(one.content):
            self._reference(one, entry, may_be_folder)
        for text in self._plugins(one):
            self._refuse_remote_plugin(one, text)

    def _read(self, file: Path) -> Kustomization:
        name = self._name(file)
        documents = read_documents(file, name)
        content = documents[0].obj if len(documents) == 1 else None
        if not isinstance(content, dict):
            raise RenderError(
                "a kustomization file is one mapping.",
                reason="InvalidKustomization",
                place=Place(name, 1),
                hint="Write `resources:` and below it the names of files and folders.",
            )
        return Kustomization(file, name, file.read_text("utf-8-sig"), content)

    def _reference(self, one: Kustomization, entry: str, may_be_folder: bool) -> None:
        target = one.path.parent / entry
        if entry.startswith("/") or not target.resolve().is_relative_to(self._root):
            raise self._error(
                one, entry, f"{entry!r} leads out of the repository.", "UnsafePath", _RELATIVE
            )
        if target.is_dir() and may_be_folder:
            self._base(one, entry, target.resolve())
        elif target.is_file():
            known = self.found.resources if may_be_folder else self.found.others
            known[target.resolve()] = self._name(target.resolve())
        else:
            raise self._not_there(one, entry)

    def _base(self, one: Kustomization, entry: str, folder: Path) -> None:
        if kustomization_file(folder) is None:
            raise self._error(
                one,
                entry,
                f"the folder {entry!r} has no kustomization.yaml.",
                "MissingBase",
                "Add one that lists the folder's files, or list the files here.",
            )
        self.folder(folder)

    def _not_there(self, one: Kustomization, entry: str) -> RenderError:
        if _REMOTE.search(entry):
            return self._error(
                one,
                entry,
                f"{entry!r} is remote; only files of the same repository are built.",
                "RemoteBase",
                "Copy it into the repository and refer to the copy.",
            )
        return self._error(
            one,
            entry,
            f"{entry!r} is not in the commit.",
            "MissingBase" if "." not in entry.rpartition("/")[2] else "MissingFile",
            "Correct the name, or add what is missing and push again.",
        )

    def _plugins(self, one: Kustomization) -> Iterator[str]:
        """The settings of generators and transformers, written inline or in a file."""
        for key in _PLUGINS:
            for entry in _listed(one.content, key):
                file = one.path.parent / str(entry)
                if "\n" in str(entry):
                    yield str(entry)
                elif file.is_file():
                    yield file.read_text("utf-8", "replace")

    def _refuse_remote_plugin(self, one: Kustomization, text: str) -> None:
        """They may name files to load too, and a loader takes an address for a file."""
        for line in text.splitlines():
            if _LOADED.search(line):
                raise self._error(
                    one,
                    line.strip(),
                    f"{line.strip()!r} is remote; only files of the same repository are built.",
                    "RemoteBase",
                    "Copy it into the repository and refer to the copy.",
                )

    def _refuse_helm(self, one: Kustomization) -> None:
        used = next((key for key in _HELM if key in one.content), None)
        if used:
            raise self._error(
                one,
                used,
                f"{used} needs Helm, which is not run from Kustomize.",
                "HelmUnsupported",
                "Point an App at the chart itself, or commit the manifests that it gives.",
            )

    def _name(self, path: Path) -> str:
        return self._artifact.name_of(self._artifact.root / path.relative_to(self._root))

    def _error(
        self, one: Kustomization | None, entry: str, message: str, reason: str, hint: str = ""
    ) -> RenderError:
        place = Place(one.name, one.line_of(entry)) if one else Place()
        return RenderError(message, reason=reason, place=place, hint=hint)


_RELATIVE = "Use a relative path within the repository."


def _references(content: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """(Name, may it be a folder) of everything that a kustomization refers to."""
    for key in (*_FOLDERS_OR_FILES, *_FILES):
        for entry in _listed(content, key):
            if isinstance(entry, str) and "\n" not in entry:
                yield entry, key in _FOLDERS_OR_FILES
    for key in _WITH_PATH:
        for entry in _listed(content, key):
            if isinstance(entry, dict) and isinstance(entry.get("path"), str):
                yield entry["path"], False
    for key in _GENERATORS:
        for entry in _listed(content, key):
            if isinstance(entry, dict):
                yield from ((name, False) for name in _generated_from(entry))
    openapi = content.get("openapi")
    if isinstance(openapi, dict) and isinstance(openapi.get("path"), str):
        yield openapi["path"], False


def _generated_from(generator: dict[str, Any]) -> Iterator[str]:
    for entry in _listed(generator, "files"):
        yield str(entry).partition("=")[2] or str(entry)
    yield from (str(entry) for entry in _listed(generator, "envs"))
    if isinstance(generator.get("env"), str):
        yield generator["env"]


def _listed(content: dict[str, Any], key: str) -> list[Any]:
    value = content.get(key)
    return value if isinstance(value, list) else []

"""A source with what is said of it elsewhere: in files beside the manifests, and in Argo CD's build
environment.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.engine.errors import RenderError
from gitops_lab.errors import Place
from gitops_lab.kube.merge_patch import merged
from gitops_lab.kube.objects import copied
from gitops_lab.kube.yamls import YamlError, load

_FIXED = ("chart", "path", "repoURL", "targetRevision")
"""What a file beside the manifests can't change."""
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>[^}]*)\}|(?P<escaped>\$)|(?P<plain>\w+))")

Raw = Mapping[str, Any]
Variables = Mapping[str, str]


@dataclass(frozen=True)
class Environment:
    """What Argo CD tells of an Application where a field may name it, as `$ARGOCD_APP_NAME`."""

    app: str
    namespace: str
    project: str
    revision: str

    def variables(self, raw: Raw) -> dict[str, str]:
        """By name, for one source."""
        return {
            "ARGOCD_APP_NAME": self.app,
            "ARGOCD_APP_NAMESPACE": self.namespace,
            "ARGOCD_APP_PROJECT_NAME": self.project,
            "ARGOCD_APP_REVISION": self.revision,
            "ARGOCD_APP_REVISION_SHORT": self.revision[:7],
            "ARGOCD_APP_REVISION_SHORT_8": self.revision[:8],
            "ARGOCD_APP_SOURCE_REPO_URL": str(raw.get("repoURL", "")),
            "ARGOCD_APP_SOURCE_PATH": str(raw.get("path", "")),
            "ARGOCD_APP_SOURCE_TARGET_REVISION": str(raw.get("targetRevision", "")),
        }


@dataclass(frozen=True)
class Filling:
    """How the sources of one Application are filled at one commit.

    `folder` is where the manifests are, in the exported files below `root`; `references` are the
    names of the sources beside it.
    """

    folder: Path
    root: Path
    environment: Environment
    references: frozenset[str]

    def filled(self, raw: Raw) -> Raw:
        """The source as it is rendered. Raises RenderError for a file that can't be read."""
        found: dict[str, Any] = copied(dict(overridden(raw, self.folder, self.environment.app)))
        variables = self.environment.variables(found)
        self._fill_helm(_mapping(found, "helm"), variables)
        self._fill_kustomize(_mapping(found, "kustomize"), variables)
        return found

    def _fill_helm(self, helm: dict[str, Any], variables: Variables) -> None:
        _each_value(helm, "parameters", "value", lambda text: expanded(text, variables))
        files = helm.get("valueFiles")
        if isinstance(files, list):
            helm["valueFiles"] = [_file(name, variables, self.references) for name in files]
        named = helm.pop("fileParameters", None)
        if isinstance(named, list) and named:
            more = [self._file_parameter(one, variables) for one in named]
            helm["parameters"] = [*(helm.get("parameters") or []), *more]

    def _file_parameter(self, said: Raw, variables: Variables) -> dict[str, Any]:
        """A parameter whose value is the text of a file."""
        name = expanded(str(said.get("path", "")), variables)
        text = self._text(name, "helm.fileParameters")
        return {"name": said.get("name"), "value": text, "forceString": True}

    def _text(self, name: str, field: str) -> str:
        """What a file of the commit says."""
        file = (self.folder / name).resolve()
        if not (file.is_relative_to(self.root.resolve()) and file.is_file()):
            raise RenderError(
                f"the file {name!r} of {field} is not in the commit.",
                reason="MissingFile",
                place=Place(field=f"spec.source.{field}"),
                hint="Correct the path (it is relative to the source's), or commit the file.",
            )
        return file.read_text("utf-8", "replace")

    def _fill_kustomize(self, kustomize: dict[str, Any], variables: Variables) -> None:
        images = kustomize.get("images")
        if isinstance(images, list):
            kustomize["images"] = [_text(image, variables) for image in images]
        _each_entry(kustomize, "commonLabels", variables)
        if kustomize.get("commonAnnotationsEnvsubst") is True:
            _each_entry(kustomize, "commonAnnotations", variables)
        for patch in kustomize.get("patches") or []:
            if isinstance(patch, dict) and "path" in patch:
                patch["patch"] = self._text(str(patch.pop("path")), "kustomize.patches[].path")
        components = kustomize.get("components")
        if kustomize.get("ignoreMissingComponents") is True and isinstance(components, list):
            there = [one for one in components if (self.folder / str(one)).is_dir()]
            kustomize["components"] = there


def overridden(raw: Raw, folder: Path, app: str) -> Raw:
    """With `.argocd-source.yaml` and `.argocd-source-APP.yaml` over it. Raises RenderError."""
    found: dict[str, Any] = dict(raw)
    for name in (".argocd-source.yaml", f".argocd-source-{app}.yaml"):
        file = folder / name
        if not file.is_file():
            continue
        try:
            patch = load(file.read_text("utf-8", "replace"), file=name)
        except YamlError as error:
            raise _wrong(name, error.message) from error
        if patch is not None and not isinstance(patch, Mapping):
            raise _wrong(name, "it is no mapping")
        found = merged(found, patch or {})
    free = {key: value for key, value in found.items() if key not in _FIXED}
    return {**free, **{key: raw[key] for key in _FIXED if key in raw}}


def expanded(text: str, variables: Variables) -> str:
    """`$NAME` and `${NAME}` with their values, "" for a name that is none; `$$` is a dollar."""

    def value(match: "re.Match[str]") -> str:
        if match["escaped"]:
            return "$"
        return variables.get(match["braced"] or match["plain"] or "", "")

    return _VARIABLE.sub(value, text)


def _mapping(holder: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = holder.get(key)
    return found if isinstance(found, dict) else {}


def _each_value(holder: Raw, key: str, field: str, change: Callable[[str], str]) -> None:
    for one in holder.get(key) or []:
        if isinstance(one, dict) and isinstance(one.get(field), str):
            one[field] = change(one[field])


def _each_entry(holder: dict[str, Any], key: str, variables: Variables) -> None:
    if isinstance(holder.get(key), dict):
        holder[key] = {name: _text(text, variables) for name, text in holder[key].items()}


def _file(name: Any, variables: Variables, references: frozenset[str]) -> Any:
    """A file of values; `$ref/path` keeps its beginning."""
    ref, slash, rest = str(name).partition("/")
    if ref.startswith("$") and ref[1:] in references:
        return f"{ref}{slash}{_text(rest, variables)}"
    return _text(name, variables)


def _text(value: Any, variables: Variables) -> Any:
    return expanded(value, variables) if isinstance(value, str) else value


def _wrong(name: str, why: str) -> RenderError:
    return RenderError(
        f"error while parsing source parameters: {name}: {why}",
        reason="InvalidSourceParameters",
        place=Place(name),
        hint="Write what is to change, as below spec.source: `helm:` or `kustomize:`.",
    )

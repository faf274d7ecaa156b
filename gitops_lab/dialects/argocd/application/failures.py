"""Why a target state can't be loaded, in Argo CD's words: for what goes wrong most often."""

import re
from dataclasses import dataclass

from gitops_lab.dialects.argocd.application.spec import Spec
from gitops_lab.dialects.goyaml import as_go_says
from gitops_lab.engine.errors import StageError
from gitops_lab.engine.ranges import is_range
from gitops_lab.engine.render.inputs import Inputs
from gitops_lab.engine.render.kustomize.survey import kustomization_file
from gitops_lab.engine.source import Artifact
from gitops_lab.engine.source_spec import Source
from gitops_lab.kube.yamls import YamlError, load

UNREAD = ("InvalidYaml", "DuplicateKey", "InvalidObject")
"""Reasons for which a file of a plain folder is not taken for objects."""
_ALL_NAMED = 10
"""With so many versions the engine names no more."""
_CACHED = "<path to cached source>"
_HELM, _KUSTOMIZE = "failed to execute helm template command: ", "`kustomize build "
_MISSING = ("MissingFile", "MissingBase")
_QUOTED = re.compile(r"'(?P<name>[^']+)' is not in the commit")
_VALUE_FILE = "spec.source.helm.valueFiles["
_MINOR = re.compile(r"v?(\d+\.\d+)")


class LoadFailed(Exception):
    """The target state can't be loaded; says why as Argo CD would. `error` is the engine's own."""

    def __init__(self, message: str, error: StageError | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error = error


@dataclass(frozen=True)
class Rendering:
    """A source that could not be rendered, and what it was rendered with."""

    spec: Spec
    source: Source
    artifact: Artifact
    inputs: Inputs


def load_failed(number: int, count: int, what: str, error: StageError) -> LoadFailed:
    """The error for a source, by its number from 1."""
    code = "Unknown"
    place = (
        f" ({error.place})" if error.place.file and not what.startswith((_HELM, _KUSTOMIZE)) else ""
    )
    if error.reason in UNREAD:
        code, name = "FailedPrecondition", error.place.file.rpartition("/")[2]
        what, place = f'Failed to unmarshal "{name}": failed to unmarshal manifest: {what}', ""
    return LoadFailed(
        f"Failed to load target state: failed to generate manifest for source {number} of "
        f"{count}: rpc error: code = {code} desc = {what}{place}",
        error,
    )


def unresolved(source: Source, error: StageError) -> str:
    """Why a revision stands for nothing."""
    if source.chart is None:
        return f"unable to resolve '{source.revision}' to a commit SHA"
    if error.reason == "ChartNotFound":
        return f"chart '{source.chart.name}' not found in index"
    named = error.hint.count(",") + 1
    if error.reason == "ChartVersionNotFound" and is_range(source.revision) and named < _ALL_NAMED:
        return f"invalid revision: version matching constraint not found in {named} tags"
    return error.message.rstrip(".")


def told(source: Source, error: StageError) -> str:
    """Why the files can't be had, or are not what they should be."""
    if error.reason == "PathNotFound":
        return f"{source.path}: app path does not exist"
    if error.reason == "InvalidYaml" and isinstance(error.__cause__, YamlError):
        return f"error converting YAML to JSON: {as_go_says(error.__cause__)}"
    return error.message.rstrip(".")


def unrendered(about: Rendering, error: StageError) -> str:
    """Why there are no objects."""
    if error.reason in _MISSING:
        return _without_values(about, error) or _without_resource(about, error) or error.message
    return told(about.source, error)


def _without_values(about: Rendering, error: StageError) -> str:
    """A file of values that is not there: with the command line that Argo CD quotes."""
    helm, found = about.source.helm, _QUOTED.search(error.message)
    if helm is None or found is None or not error.place.field.startswith(_VALUE_FILE):
        return ""
    if found["name"].startswith("$") or helm.values:
        return ""
    folder = f"{_CACHED}/{about.source.path}".removesuffix("/.")
    command = f"helm template . --name-template {helm.release_name or about.spec.name}"
    if namespace := helm.namespace or about.spec.target_namespace:
        command += f" --namespace {namespace}"
    version = _MINOR.match(helm.kube_version or about.inputs.kube_version)
    command += f" --kube-version {version[1]}" if version else ""
    command += "".join(f" --values {folder}/{name}" for name in helm.value_files)
    command += " <api versions removed>" + ("" if helm.skip_crds else " --include-crds")
    return (
        f"{_HELM}failed to get command args to log: `{command}` failed exit status 1: Error: open "
        f"{folder}/{found['name']}: no such file or directory"
    )


def _without_resource(about: Rendering, error: StageError) -> str:
    """A resource of the folder's own kustomization.yaml that is not there."""
    file, found = kustomization_file(about.artifact.path), _QUOTED.search(error.message)
    if file is None or found is None or about.source.kustomize is not None:
        return ""
    content = load(file.read_text("utf-8-sig"), file=file.name)
    if found["name"] not in (content.get("resources") or []):
        return ""
    folder = f"{_CACHED}/{about.source.path}".removesuffix("/.")
    path = f"{folder}/{found['name']}"
    stat = f"evalsymlink failure on '{path}' : lstat {path}: no such file or directory"
    return (
        f"{_KUSTOMIZE}{folder}` failed exit status 1: Error: accumulating resources: accumulation "
        f"err='accumulating resources from '{found['name']}': {stat}': must build at directory: "
        f"not a valid directory: {stat}"
    )

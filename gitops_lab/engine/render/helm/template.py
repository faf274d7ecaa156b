"""Running `helm template`, and what its refusals mean."""

import re
from pathlib import Path

from gitops_lab.engine.app import App
from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render.inputs import Inputs
from gitops_lab.engine.render.limited import Failed, Limited, TooLate, TooMuch
from gitops_lab.engine.source import Artifact
from gitops_lab.engine.source_spec import HelmOptions
from gitops_lab.errors import GitOpsLabError, Place
from gitops_lab.kube.helm import helm
from gitops_lab.kube.yamls import Document, YamlError, load_all

SECONDS = 30.0
OUTPUT_BYTES = 10 * 1024 * 1024
_MESSAGE = 600
_AT = re.compile(r"(?P<chart>[\w.-]+)/(?P<file>(?:templates|charts|crds)/[\w./-]+?):(?P<line>\d+)")
_ON = re.compile(r"YAML parse error on [\w.-]+/(?P<file>\S+?):")
_NEXT = "Run `helm template` on the chart in your clone to see the same."

_REASONS = (
    ("missing in charts/ directory", "MissingDependency", "Chart.yaml"),
    ("chart requires kubeVersion", "IncompatibleCluster", "Chart.yaml"),
    ("values don't meet the specifications", "InvalidValues", "values.schema.json"),
    ("YAML parse error on", "InvalidYaml", ""),
    ("Chart.yaml file is missing", "InvalidChart", "Chart.yaml"),
    ("validation: ", "InvalidChart", "Chart.yaml"),
)
_HINTS = {
    "MissingDependency": "Nothing is fetched: run `helm dependency build`, and commit charts/.",
    "IncompatibleCluster": "Use a version of the chart that is made for the cluster's.",
    "InvalidValues": "Correct the values: the chart's values.schema.json says what it takes.",
}


def templated(
    artifact: Artifact, app: App, options: HelmOptions, files: list[Path], inputs: Inputs
) -> tuple[list[Document], str]:
    """What helm gives, read and as text. Raises RenderError."""
    with Limited("helm", seconds=SECONDS, output_bytes=OUTPUT_BYTES) as run:
        try:
            argv = [str(helm()), *_arguments(artifact, app, options, inputs)]
        except GitOpsLabError as error:
            raise RenderError(
                error.message, reason=error.reason, hint=error.hint, retry=True
            ) from error
        if options.values:
            own = run.home / "values.json"
            own.write_text(options.values)
            files = [*files, own]
        run.start(argv + [word for file in files for word in ("--values", str(file))])
        try:
            text = run.output().decode("utf-8", "replace")
        except (TooMuch, TooLate) as error:
            reason = "TooLarge" if isinstance(error, TooMuch) else "Timeout"
            raise _error(artifact, f"helm: {error}", reason) from error
        except Failed as error:
            raise _refused(artifact, str(error)) from error
    return _read(artifact, text), text


def _arguments(artifact: Artifact, app: App, options: HelmOptions, inputs: Inputs) -> list[str]:
    flags = ["--skip-tests"]
    if not options.skip_crds:
        flags.append("--include-crds")
    if options.skip_schema_validation:
        flags.append("--skip-schema-validation")
    versions = options.api_versions or inputs.api_versions
    return [
        "template",
        options.release_name or app.name,
        str(artifact.path),
        "--namespace",
        options.namespace or app.destination.namespace,
        "--kube-version",
        options.kube_version or inputs.kube_version,
        *(word for version in versions for word in ("--api-versions", version)),
        *flags,
    ]


def _read(artifact: Artifact, text: str) -> list[Document]:
    try:
        return load_all(text)
    except YamlError as error:
        raise _error(artifact, f"the chart gives no YAML: {error.message}", error.reason) from error


def _refused(artifact: Artifact, said: str) -> RenderError:
    text = said.strip().removeprefix("Error: ")
    for root in {str(artifact.path), str(artifact.path.resolve())}:
        text = text.replace(f"{root}/", "").replace(root, ".")
    text = re.sub(r"\s+", " ", text.replace("Use --debug flag to render out invalid YAML", ""))
    _, reason, file = next((r for r in _REASONS if r[0] in text), ("", "TemplateFailed", ""))
    line = 0
    if found := _AT.search(text) or _ON.search(text):
        file = found["file"]
        line = int(found["line"]) if "line" in found.re.groupindex else 0
    shortened = text[:_MESSAGE] + ("…" if len(text) > _MESSAGE else "")
    return _error(artifact, f"helm: {shortened}", reason, file, line)


def _error(
    artifact: Artifact, message: str, reason: str, file: str = "", line: int = 0
) -> RenderError:
    path = artifact.path / file
    if not path.is_file():
        path, line = artifact.path / "Chart.yaml", 0
    return RenderError(
        message,
        reason=reason,
        place=Place(artifact.name_of(path), line),
        hint=_HINTS.get(reason, _NEXT),
    )

"""The value files of a chart: in the repository of the chart, or in one of an additional source."""

from pathlib import Path

from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render.files import read_documents
from gitops_lab.engine.source import Artifact
from gitops_lab.engine.source_spec import HelmOptions, Source
from gitops_lab.errors import Place


def value_files(artifact: Artifact, source: Source, options: HelmOptions) -> list[Path]:
    """The files that are there, in order; each is checked to be one mapping. Raises RenderError."""
    found = []
    for index, name in enumerate(options.value_files):
        field = f"spec.source.helm.valueFiles[{index}]"
        holder, path = _located(artifact, source, name)
        if not path.resolve().is_relative_to(holder.root.resolve()):
            raise RenderError(
                f"the value file {name!r} leads out of the repository.",
                reason="UnsafePath",
                place=Place(field=field),
                hint="Use a path within the repository, or an additional source with a ref.",
            )
        if path.is_file():
            _check(path, holder.name_of(path))
            found.append(path)
        elif not options.ignore_missing_value_files:
            raise RenderError(
                f"the value file {name!r} is not in the commit.",
                reason="MissingFile",
                place=Place(field=field),
                hint="Correct the name (it is relative to the chart), or commit the file.",
            )
    return found


def _located(artifact: Artifact, source: Source, name: str) -> tuple[Artifact, Path]:
    if not name.startswith("$"):
        return artifact, artifact.path / name
    ref, _, rest = name[1:].partition("/")
    pairs = zip(source.others, artifact.others, strict=True)
    holder = next(there for other, there in pairs if other.ref == ref)
    return holder, holder.path / rest


def _check(path: Path, name: str) -> None:
    """A values file that is no YAML is told with its line, which helm does not always do."""
    documents = read_documents(path, name)
    if len(documents) > 1 or (documents and not isinstance(documents[0].obj, dict | None)):
        raise RenderError(
            "a file of values is one mapping.",
            reason="InvalidValues",
            place=Place(name, 1),
            hint="Write `name: value` lines, as in the chart's values.yaml.",
        )

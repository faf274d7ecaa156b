"""Rendering a Helm chart, as `helm template` does: there is no release in the cluster.

`values` collects the value files, `template` runs helm, `origins` finds the template that an
object came from, `hooks` says in the engine's words what Helm's own annotations ask for.
"""

from pathlib import Path

from gitops_lab.engine.app import App
from gitops_lab.engine.render.helm.hooks import translated
from gitops_lab.engine.render.helm.origins import Origins
from gitops_lab.engine.render.helm.template import templated
from gitops_lab.engine.render.helm.values import value_files
from gitops_lab.engine.render.inputs import Inputs
from gitops_lab.engine.render.model import RenderedObject
from gitops_lab.engine.render.objects import objects_of
from gitops_lab.engine.source import Artifact
from gitops_lab.engine.source_spec import HelmOptions, Source
from gitops_lab.kube.yamls import Document

__all__ = ["CHART", "is_chart", "render_chart"]

CHART = "Chart.yaml"


def is_chart(folder: Path) -> bool:
    """Whether a folder is a Helm chart."""
    return (folder / CHART).is_file()


def render_chart(
    artifact: Artifact, app: App, source: Source, inputs: Inputs
) -> list[RenderedObject]:
    """The objects of the chart at an artifact's path. Raises RenderError."""
    options = source.helm or HelmOptions()
    files = value_files(artifact, source, options)
    documents, text = templated(artifact, app, options, files, inputs)
    origins = Origins(artifact, text)
    rendered: list[RenderedObject] = []
    for document in documents:
        place = origins.of(document)
        for item in objects_of(Document(document.obj, place.line, place.file)):
            obj = translated(item.obj)
            if obj is not None:
                rendered.append(RenderedObject(obj, item.file, item.line))
    return rendered

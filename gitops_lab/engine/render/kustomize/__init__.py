"""Rendering with Kustomize, as built into kubectl.

`survey` reads the kustomization files first: nothing remote is fetched and nothing outside the
repository is read. `build` runs kubectl; `origins` finds who wrote what came out.
"""

from gitops_lab.engine.app import KustomizeOptions
from gitops_lab.engine.render.kustomize.build import Build
from gitops_lab.engine.render.kustomize.origins import Origins
from gitops_lab.engine.render.kustomize.survey import survey
from gitops_lab.engine.render.model import RenderedObject
from gitops_lab.engine.render.objects import objects_of
from gitops_lab.engine.source import Artifact

__all__ = ["render_kustomize"]


def render_kustomize(artifact: Artifact, options: KustomizeOptions | None) -> list[RenderedObject]:
    """The objects of the build. Raises RenderError.

    kubectl takes some 70 ms to start; meanwhile the sources are read for where things stand.
    """
    found = survey(artifact, options.components if options else ())
    with Build(artifact, options, found) as build:
        origins = Origins(found)
        documents = build.documents()
    rendered = []
    for document in documents:
        for item in objects_of(document):
            file, line = origins.of(item.obj)
            rendered.append(RenderedObject(item.obj, file, line))
    return rendered

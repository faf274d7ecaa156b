"""The second stage: from the files of a commit to the objects that they mean.

`folder` reads plain manifests, `kustomize` builds; `objects` checks each object. A render is
pure: the same files and options give the same objects, so results are kept by their hash.
"""

from dataclasses import replace
from hashlib import blake2b

from gitops_lab.engine.app import App
from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render.cache import RenderCache
from gitops_lab.engine.render.folder import render_folder
from gitops_lab.engine.render.kustomize import render_kustomize
from gitops_lab.engine.render.kustomize.survey import kustomization_file
from gitops_lab.engine.render.model import Rendered, RenderedObject
from gitops_lab.engine.render.objects import refuse_duplicates
from gitops_lab.engine.source import Artifact
from gitops_lab.errors import Place

__all__ = ["Rendered", "RenderedObject", "render"]

_cache = RenderCache()


def render(artifact: Artifact, app: App, *, cache: RenderCache = _cache) -> Rendered:
    """The objects of an artifact, as their authors wrote them: no namespace is filled in.

    Raises RenderError: InvalidYaml, DuplicateKey, TooLarge, InvalidObject, DuplicateObject,
    MissingBase, MissingFile, RemoteBase, UnsafePath, KustomizeFailed, Timeout and others, with
    file and line.
    """
    digest = _digest(artifact, app)
    known = cache.get(digest)
    if known:
        return known
    rendered = _render(artifact, app, digest)
    cache.put(rendered)
    return rendered


def _render(artifact: Artifact, app: App, digest: str) -> Rendered:
    ignored: list[str] = []
    if kustomization_file(artifact.path):
        objects = render_kustomize(artifact, app.source.kustomize)
    elif app.source.kustomize is not None:
        raise RenderError(
            "the App sets options for Kustomize, but its path has no kustomization.yaml.",
            reason="MissingKustomization",
            place=Place(field="spec.source.kustomize"),
            hint="Add a kustomization.yaml that lists the files, or drop the options.",
        )
    else:
        objects, ignored = render_folder(artifact, app.source.directory)
    refuse_duplicates(objects)
    return Rendered(tuple(objects), digest, tuple(ignored))


def _digest(artifact: Artifact, app: App) -> str:
    """A hash of all that a render depends on. The prefix counts, since it stands in file names."""
    options = app.source.kustomize
    kustomize = options and repr(replace(options, labels=dict(sorted(options.labels.items()))))
    inputs = (artifact.digest, artifact.prefix, kustomize, app.source.directory)
    return blake2b(repr(inputs).encode(), digest_size=16).hexdigest()

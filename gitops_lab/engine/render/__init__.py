"""The second stage: from the files of a commit to the objects that they mean.

`folder` reads plain manifests, `kustomize` builds, `helm` renders charts; `sops` opens what is
encrypted before any of them, `substitute` fills variables in after them, `objects` checks each
object. A render is pure: the same files, options and inputs give the same objects, so results are
kept by their hash.
"""

from hashlib import blake2b

import orjson

from gitops_lab.engine.app import App
from gitops_lab.engine.errors import RenderError
from gitops_lab.engine.render.cache import RenderCache
from gitops_lab.engine.render.folder import render_folder
from gitops_lab.engine.render.helm import is_chart, render_chart
from gitops_lab.engine.render.inputs import Inputs
from gitops_lab.engine.render.kustomize import render_kustomize
from gitops_lab.engine.render.kustomize.survey import kustomization_file
from gitops_lab.engine.render.model import Rendered, RenderedObject
from gitops_lab.engine.render.objects import refuse_duplicates
from gitops_lab.engine.render.sops import opened, refuse_encrypted
from gitops_lab.engine.render.substitute import substituted
from gitops_lab.engine.source import Artifact
from gitops_lab.engine.source_spec import Source
from gitops_lab.errors import Place

__all__ = ["Inputs", "Rendered", "RenderedObject", "render"]

_cache = RenderCache()
_NO_INPUTS = Inputs()


def render(
    artifact: Artifact, app: App, inputs: Inputs = _NO_INPUTS, *, cache: RenderCache = _cache
) -> Rendered:
    """The objects of an artifact, as their authors wrote them: no namespace is filled in.

    Raises RenderError: InvalidYaml, DuplicateKey, TooLarge, InvalidObject, DuplicateObject,
    MissingBase, MissingFile, RemoteBase, UnsafePath, KustomizeFailed, TemplateFailed, NoKey,
    VariableNotSet, Timeout and others, with file and line.
    """
    digest = _digest(artifact, app, inputs)
    known = cache.get(digest)
    if known:
        return known
    rendered = _render(artifact, app, inputs, digest)
    cache.put(rendered)
    return rendered


def _render(artifact: Artifact, app: App, inputs: Inputs, digest: str) -> Rendered:
    objects: list[RenderedObject] = []
    ignored: list[str] = []
    decryption = None if inputs.keep_sealed else app.decryption
    with opened(artifact, decryption, inputs.keys) as readable:
        sources = zip((app.source, *app.source.others), (readable, *readable.others), strict=True)
        for source, one in sources:
            if source.rendered:
                found, passed_over = _source_objects(one, app, source, inputs)
                objects += found
                ignored += passed_over
    if not inputs.keep_sealed:
        refuse_encrypted(objects, app.decryption)
    if app.post_build is not None:
        objects = substituted(objects, app.post_build, inputs.variables)
    refuse_duplicates(objects)
    return Rendered(tuple(objects), digest, tuple(ignored))


def _source_objects(
    artifact: Artifact, app: App, source: Source, inputs: Inputs
) -> tuple[list[RenderedObject], list[str]]:
    """What one source gives, and which of its files hold no object."""
    if is_chart(artifact.path):
        return render_chart(artifact, app, source, inputs), []
    if source.helm is not None:
        raise RenderError(
            "the App sets options for Helm, but its path has no Chart.yaml.",
            reason="MissingChart",
            place=Place(field="spec.source.helm"),
            hint="Set spec.source.path to the folder of the chart, or drop the options.",
        )
    if kustomization_file(artifact.path):
        return render_kustomize(artifact, source.kustomize), []
    if source.kustomize is not None:
        raise RenderError(
            "the App sets options for Kustomize, but its path has no kustomization.yaml.",
            reason="MissingKustomization",
            place=Place(field="spec.source.kustomize"),
            hint="Add a kustomization.yaml that lists the files, or drop the options.",
        )
    return render_folder(artifact, source.directory)


def _digest(artifact: Artifact, app: App, inputs: Inputs) -> str:
    """A hash of all that a render depends on. The prefix counts, since it stands in file names."""
    artifacts = [(one.digest, one.prefix) for one in (artifact, *artifact.others)]
    chart = (app.name, app.destination.namespace) if _has_chart(artifact) else ()
    parts = (artifacts, chart, app.source, app.post_build, app.decryption, inputs)
    content = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    return blake2b(content, digest_size=16).hexdigest()


def _has_chart(artifact: Artifact) -> bool:
    return any(is_chart(one.path) for one in (artifact, *artifact.others))

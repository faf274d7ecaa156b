"""OCIRepository, as source-controller reconciles it, out of the workspace's registry.

In timing `lab` a push to the registry is told at once; `real` waits for the interval.
"""

import gzip
import io
import json
import re
import tarfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gitops_lab.dialects.flux.fetching import Fetch, Fetcher, ask, need_secret
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.source.files import left_out
from gitops_lab.dialects.flux.source.outcome import SourceFailed, unsupported
from gitops_lab.engine.ranges import pick
from gitops_lab.engine.unpack import unpack
from gitops_lab.registry import Manifest, Pushed, Registry, RegistryError

KIND = "OCIRepository"
_CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_SOURCE, _REVISION = "org.opencontainers.image.source", "org.opencontainers.image.revision"
_UNPACKED_BYTES = 256 * 1024 * 1024


class OCIRepositories(Fetcher):
    """The controller of all OCIRepositories."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, KIND, _fetch)
        self._registry = context.world.registry if context.lab else None
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to follow."""
        super().start()
        if self._registry is not None:
            self._unsubscribe = self._registry.store.subscribe(self._pushed)

    def stop(self) -> None:
        """End."""
        self._unsubscribe()
        super().stop()

    def _pushed(self, pushed: Pushed) -> None:
        registry = self._registry
        assert registry is not None
        readers = self.chosen(
            lambda obj: registry.repository_of(obj["spec"]["url"]) == pushed.repository
        )
        why = "push to the registry (timing lab; Flux would see it at its interval)"
        threading.Thread(target=ask, args=(self._context, readers, why), daemon=True).start()


def _fetch(fetch: Fetch) -> None:
    spec = fetch.draft.spec
    _refuse_unsupported(spec)
    registry, repository = _repository(fetch.context, str(spec["url"]))
    need_secret(fetch, "failed to get credential: failed to get secret", told_twice=True)
    tag, manifest = _resolve(registry, repository, spec)
    revision = f"{tag}@{manifest.digest}" if tag else manifest.digest
    content = json.loads(manifest.content)
    observed = {
        "observedIgnore": spec.get("ignore"),
        "observedLayerSelector": spec.get("layerSelector"),
    }
    status = fetch.draft.status
    fresh = fetch.revision != revision or any(status.get(k) != v for k, v in observed.items())
    if fresh:
        name = f"'{revision}' for '{spec['url'].removeprefix('oci://')}{f':{tag}' if tag else ''}'"
        fetch.outdated("NewRevision", f"new revision {name}")
        fetch.stored(_artifact(fetch, registry, repository, manifest, revision))
        status.update({key: value for key, value in observed.items() if value is not None})
        for key in [key for key, value in observed.items() if value is None]:
            status.pop(key, None)
        status["url"] = status["artifact"]["url"].rpartition("/")[0] + "/latest.tar.gz"
    fetch.succeeded("Succeeded", f"stored artifact for digest '{revision}'")
    fetch.announce(fresh, "NewArtifact", _told(revision, str(spec["url"]), content))


def _told(revision: str, url: str, manifest: Mapping[str, Any]) -> str:
    notes = manifest.get("annotations") or {}
    text = f"stored artifact with revision '{revision}' from '{url}'"
    if notes.get(_SOURCE) and notes.get(_REVISION):
        text += f", origin source '{notes[_SOURCE]}', origin revision '{notes[_REVISION]}'"
    return text


def _repository(context: Context, url: str) -> tuple[Registry, str]:
    registry = context.world.registry
    repository = registry.repository_of(url) if registry else None
    if registry is None or repository is None:
        told = "GitOps Lab reads the workspace's registry only"
        if registry is not None:
            told += f", oci://{registry.address}/NAME"
        raise SourceFailed("OCIArtifactPullFailed", f"failed to pull artifact from '{url}': {told}")
    if ":" in url.removeprefix("oci://").partition("/")[2]:
        told = f"URL validation failed for '{url}': invalid OCI repository name: tag not allowed"
        raise SourceFailed("URLInvalid", told, stalled=True)
    return registry, repository


def _resolve(registry: Registry, repository: str, spec: Mapping[str, Any]) -> tuple[str, Manifest]:
    """The tag, "" for a digest alone, and the manifest. A digest goes before a range, that before
    a tag.
    """
    ref = spec.get("ref") or {}
    try:
        if digest := ref.get("digest"):
            return "", registry.store.manifest(repository, digest)
        tag = str(ref.get("tag") or "latest")
        if wanted := ref.get("semver"):
            tag = _by_range(registry, repository, wanted, ref.get("semverFilter"), spec)
        return tag, registry.store.manifest(repository, tag)
    except RegistryError as error:
        which = f"{repository}/manifests/{ref.get('digest') or tag}"
        asked = f"GET http://{registry.address}/v2/{which}"
        said = f"{error.code}: {error.message} {error.hint}".strip()
        told = f"failed to determine artifact digest: {asked}: {said}"
        raise SourceFailed("OCIArtifactPullFailed", told) from error


def _by_range(
    registry: Registry, repository: str, wanted: str, pattern: str | None, spec: Mapping[str, Any]
) -> str:
    tags = registry.store.tags(repository)
    try:
        tags = [tag for tag in tags if not pattern or re.search(pattern, tag)]
    except re.error as error:
        told = f"failed to compile semver filter: {error}"
        raise SourceFailed("ReadOperationFailed", told) from error
    # In a chart's tag an underscore stands for the plus of its version.
    chart = (spec.get("layerSelector") or {}).get("mediaType") == _CHART
    by_version = {tag.replace("_", "+") if chart else tag: tag for tag in tags}
    best = pick(wanted, by_version)
    if best is None:
        url = str(spec["url"])
        told = f"failed to determine the artifact tag for '{url}': no match found for semver"
        raise SourceFailed("ReadOperationFailed", f"{told}: {wanted}")
    return by_version[best]


def _artifact(
    fetch: Fetch, registry: Registry, repository: str, manifest: Manifest, revision: str
) -> dict[str, Any]:
    spec = fetch.draft.spec
    content = json.loads(manifest.content)
    digest = _layer(spec, content)
    try:
        blob = registry.store.blob(repository, digest)
    except RegistryError as error:
        told = f"failed to pull artifact from '{spec['url']}': {error.message}"
        raise SourceFailed("OCIArtifactPullFailed", told) from error
    notes = content.get("annotations") or {}
    if (spec.get("layerSelector") or {}).get("operation") == "copy":
        return fetch.context.storage.put(
            fetch.place, f"{manifest.digest}.tar.gz", revision, blob, metadata=notes
        )
    with fetch.scratch() as scratch:
        folder = scratch / "files"
        folder.mkdir()
        _extract(blob, folder)
        outside = left_out(folder, spec.get("ignore"))
        artifact = fetch.context.storage.archive(
            fetch.place, f"{manifest.digest}.tar.gz", revision, folder, leave_out=outside
        )
    return {**artifact, "metadata": dict(notes)} if notes else artifact


def _layer(spec: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """The digest of the layer that is asked for: of a media type, else the first."""
    layers = manifest.get("layers") or []
    wanted = (spec.get("layerSelector") or {}).get("mediaType")
    for layer in layers:
        if not wanted or layer.get("mediaType") == wanted:
            return str(layer["digest"])
    told = f"failed to find layer with media type '{wanted}' in artifact"
    if not layers:
        told = "no layers found in artifact"
    raise SourceFailed("OCIArtifactLayerOperationFailed", told)


def _extract(blob: bytes, folder: Path) -> None:
    try:
        with gzip.open(io.BytesIO(blob)) as stream:
            plain = stream.read(_UNPACKED_BYTES + 1)
        if len(plain) > _UNPACKED_BYTES:
            raise OSError(f"it has more than {_UNPACKED_BYTES >> 20} MB")
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            members = [member for member in archive if member.isdir() or member.isfile()]
            unpack(archive, folder, members)
    except (OSError, EOFError, tarfile.TarError) as error:
        told = f"failed to extract layer contents from artifact: {error}"
        raise SourceFailed("OCIArtifactLayerOperationFailed", told) from error


def _refuse_unsupported(spec: Mapping[str, Any]) -> None:
    for field in ("verify", "certSecretRef", "proxySecretRef"):
        if spec.get(field):
            raise unsupported(f"spec.{field}", "the workspace's registry needs and has none.")
    if (spec.get("provider") or "generic") != "generic":
        raise unsupported("spec.provider", f"{spec['provider']!r} needs an account of a cloud.")

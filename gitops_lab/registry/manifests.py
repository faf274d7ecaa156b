"""What a manifest must be before it is kept: an image, an index of them, or an artifact."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from gitops_lab.registry.errors import ManifestBlobUnknown, ManifestInvalid

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFEST_BYTES = 4 * 1024 * 1024
_KNOWN = (OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST)
_INDEXES = (OCI_INDEX, DOCKER_LIST)


class Blobs(Protocol):
    """Who knows which blobs a repository has."""

    def has_blob(self, name: str, digest: str) -> bool: ...  # noqa: D102


def check_manifest(blobs: Blobs, name: str, media_type: str, content: bytes) -> str:
    """The manifest's media type. Raises ManifestInvalid and ManifestBlobUnknown."""
    manifest = read(content)
    said = str(manifest.get("mediaType") or media_type.partition(";")[0].strip())
    if manifest.get("schemaVersion") != 2 or said not in _KNOWN:
        raise ManifestInvalid(
            f"{said or 'a text without a media type'} is no manifest that is kept here.",
            hint="Push an OCI image manifest or index, or Docker's of schema version 2.",
        )
    for digest in _named(manifest, said):
        if not blobs.has_blob(name, digest):
            raise ManifestBlobUnknown(f"{name} has no blob {digest}, which the manifest names.")
    return said


def read(content: bytes) -> Mapping[str, Any]:
    """The manifest as JSON. Raises ManifestInvalid."""
    try:
        manifest = json.loads(content)
    except ValueError as error:
        raise ManifestInvalid(f"a manifest is JSON: {error}.") from error
    if not isinstance(manifest, dict):
        raise ManifestInvalid("a manifest is a JSON object.")
    return manifest


def _named(manifest: Mapping[str, Any], media_type: str) -> Iterator[str]:
    """The blobs that have to be there; what lies elsewhere by its own URL need not."""
    try:
        if media_type in _INDEXES:
            yield from (str(one["digest"]) for one in manifest.get("manifests") or [])
            return
        yield str(manifest["config"]["digest"])
        for layer in manifest.get("layers") or []:
            if not layer.get("urls"):
                yield str(layer["digest"])
    except (KeyError, TypeError) as error:
        raise ManifestInvalid(f"the manifest lacks {error}.") from error


def image(config: Mapping[str, Any], config_digest: str, size: int) -> bytes:
    """The manifest of an image without layers; what it runs is in its config."""
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": config_digest,
                "size": size,
            },
            "layers": [],
            "annotations": dict(config),
        },
        separators=(",", ":"),
    ).encode()

"""Charts of a HelmRepository: the version that a range means, and its archive.

An index names the archives; a registry (type oci) has a tag for each version, whose manifest has a
layer with the archive.
"""

import hashlib
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.storage import ArtifactMissing
from gitops_lab.engine import nearby
from gitops_lab.engine.ranges import closest
from gitops_lab.kube import Object
from gitops_lab.registry import RegistryError

CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_SECONDS = 30.0
_LIMIT = 64 * 1024 * 1024


class ChartMissing(Exception):
    """A chart that a repository doesn't have, or doesn't give; `reason` is source-controller's."""

    def __init__(self, message: str, reason: str = "InvalidChartReference") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Found:
    """A version of a chart; where it is: a URL, or a repository and tag of the registry."""

    name: str
    version: str
    url: str = ""
    digest: str = ""
    repository: str = ""
    tag: str = ""


def find_version(context: Context, source: Object, name: str, wanted: str) -> Found:
    """The highest version in the range, or the exact one. Raises ChartMissing."""
    if source["spec"].get("type") == "oci":
        return _in_registry(context, str(source["spec"]["url"]), name, wanted)
    artifact = (source.get("status") or {}).get("artifact") or {}
    try:
        index = json.loads(context.storage.content(artifact))
    except ArtifactMissing as error:
        raise ChartMissing(str(error), "ChartPullError") from error
    entries = [entry for entry in index.get("entries", {}).get(name) or [] if entry.get("urls")]
    if not entries:
        raise ChartMissing(f"no chart name found: '{name}'")
    by_version = {str(entry["version"]): entry for entry in entries}
    version = _picked(name, wanted, list(by_version))
    entry = by_version[version]
    url = urljoin(f"{str(source['spec']['url']).rstrip('/')}/", entry["urls"][0])
    return Found(name, version, url=url, digest=str(entry.get("digest") or ""))


def download(context: Context, found: Found, scratch: Path) -> Path:
    """The archive in a folder. Raises ChartMissing."""
    target = scratch / f"{found.name}-{found.version}.tgz"
    if found.url:
        content = get(found.url)
        digest = hashlib.sha256(content).hexdigest()
        if found.digest and found.digest.removeprefix("sha256:") != digest:
            raise ChartMissing(f"the archive at {found.url} is not what its digest in the index is")
    else:
        content = _layer(context, found)
    target.write_bytes(content)
    return target


def get(url: str) -> bytes:
    """Fetch from a server on this machine; nothing else is reached. Raises ChartMissing."""
    if not nearby.is_on_this_machine(url):
        raise ChartMissing(
            f"{url} is not on this machine: GitOps Lab fetches over HTTP from loopback only, as "
            "from `python3 -m http.server` in a folder that `helm repo index` was run on, or from "
            "the workspace's registry (type oci)",
            "ChartPullError",
        )
    try:
        answer = nearby.get(url, _LIMIT, _SECONDS)
    except (OSError, http.client.HTTPException) as error:
        raise ChartMissing(f'Get "{url}": {error}', "ChartPullError") from error
    if answer.status != http.client.OK:
        what = f"failed to fetch {url} : {answer.status} {answer.reason}"
        raise ChartMissing(what, "ChartPullError")
    if answer.too_large:
        raise ChartMissing(f"{url} has more than {_LIMIT >> 20} MB", "ChartPullError")
    return answer.content


def _picked(name: str, wanted: str, versions: list[str]) -> str:
    """The exact version if there is one, else the highest in the range."""
    best = closest(wanted or "*", versions)
    if best is None:
        raise ChartMissing(f"no '{name}' chart with version matching '{wanted}' found")
    return best


def _in_registry(context: Context, url: str, name: str, wanted: str) -> Found:
    registry = context.world.registry
    repository = registry.repository_of(url) if registry else None
    if registry is None or repository is None:
        raise ChartMissing(
            f'could not get tags for "{name}": {url} is not the workspace\'s registry, and no '
            "other is reached",
            "ChartPullError",
        )
    full = f"{repository}/{name}".strip("/")
    try:
        tags = registry.store.tags(full)
    except RegistryError as error:
        raise ChartMissing(f'could not get tags for "{name}": {error.message}') from error
    # A tag can't have a plus, so helm writes an underscore.
    by_version = {tag.replace("_", "+"): tag for tag in tags}
    version = _picked(name, wanted, list(by_version))
    return Found(name, version, repository=full, tag=by_version[version])


def _layer(context: Context, found: Found) -> bytes:
    registry = context.world.registry
    assert registry is not None
    try:
        manifest: Mapping[str, Any] = json.loads(
            registry.store.manifest(found.repository, found.tag).content
        )
        layers = [one for one in manifest.get("layers") or [] if one["mediaType"] == CHART_LAYER]
        if not layers:
            raise ChartMissing(f"{found.repository}:{found.tag} has no layer with a chart")
        return registry.store.blob(found.repository, layers[0]["digest"])
    except RegistryError as error:
        raise ChartMissing(error.message, "ChartPullError") from error

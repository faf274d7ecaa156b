"""HelmRepository: the index of a folder of charts; one of type oci is only an address."""

import hashlib
import json

from gitops_lab.dialects.flux.charts.remote import ChartMissing, get
from gitops_lab.dialects.flux.draft import READY, RECONCILING, STALLED
from gitops_lab.dialects.flux.fetching import Fetch, Fetcher, need_secret
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.source.outcome import SourceFailed, unsupported
from gitops_lab.kube.yamls import YamlError, load

KIND = "HelmRepository"


def helm_repositories(context: Context) -> Fetcher:
    """The controller of all HelmRepositories."""
    return Fetcher(context, KIND, _fetch)


def _fetch(fetch: Fetch) -> None:
    spec = fetch.draft.spec
    url = str(spec["url"])
    if spec.get("certSecretRef"):
        raise unsupported("spec.certSecretRef", "loopback is reached over plain HTTP.")
    if (spec.get("provider") or "generic") != "generic":
        raise unsupported("spec.provider", f"{spec['provider']!r} needs an account of a cloud.")
    if spec.get("type") == "oci":
        _static(fetch, url)
        return
    if url.startswith("oci://"):
        told = "'oci' URL scheme cannot be used with 'default' HelmRepository type"
        raise SourceFailed("URLInvalid", f"invalid Helm repository URL: {told}", stalled=True)
    need_secret(fetch, "failed to get authentication secret")
    index, revision = _index(url)
    artifact = fetch.draft.status.get("artifact") or {}
    fresh = artifact.get("revision") != revision
    if fresh:
        fetch.outdated("NewRevision", f"new index revision '{revision}'")
        name = f"index-{revision.partition(':')[2]}.yaml"
        stored = fetch.context.storage.put(fetch.place, name, revision, index)
        fetch.stored(stored)
        fetch.draft.status["url"] = stored["url"].rpartition("/")[0] + "/index.yaml"
    fetch.succeeded("Succeeded", f"stored artifact: revision '{revision}'")
    size = _human(int(fetch.draft.status["artifact"]["size"]))
    fetch.announce(fresh, "NewArtifact", f"stored fetched index of size {size} from '{url}'")


def _static(fetch: Fetch, url: str) -> None:
    """An address in a registry has no conditions; who wants a chart from it will see."""
    if not url.startswith("oci://"):
        told = f"the url scheme is not supported: {url.partition(':')[0]}"
        raise SourceFailed("URLInvalid", told, stalled=True)
    fetch.draft.unmark(READY, RECONCILING, STALLED, "FetchFailed", "ArtifactInStorage")
    for key in ("artifact", "url", "conditions", "observedGeneration"):
        fetch.draft.status.pop(key, None)


def _index(url: str) -> tuple[bytes, str]:
    """The index as JSON, and its digest as it came."""
    try:
        content = get(f"{url.rstrip('/')}/index.yaml")
    except ChartMissing as error:
        told = f"failed to fetch Helm repository index: {error}"
        raise SourceFailed("Failed", told) from error
    try:
        index = load(content.decode("utf-8", "replace"), file="index.yaml")
        if not isinstance(index, dict) or not index.get("apiVersion"):
            raise YamlError("no API version specified")
    except YamlError as error:
        told = f"failed to load Helm repository from index YAML: {error.message}"
        raise SourceFailed("IndexationFailed", told) from error
    return json.dumps(index, default=str).encode(), f"sha256:{hashlib.sha256(content).hexdigest()}"


def _human(size: int) -> str:
    """As `1.234kB`."""
    value, unit = float(size), "B"
    for unit in ("B", "kB", "MB"):
        if value < 1000 or unit == "MB":
            break
        value /= 1000
    return f"{value:.4g}{unit}"

"""Where a release's chart is: the artifact of a HelmChart or of an OCIRepository."""

import gzip
import io
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.dialects.flux.draft import Draft
from gitops_lab.dialects.flux.fetching import API_VERSION
from gitops_lab.dialects.flux.helm.chart import Chart, ChartError
from gitops_lab.dialects.flux.helm.spec import ReleaseSpec
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.storage import ArtifactMissing
from gitops_lab.engine.ranges import Version
from gitops_lab.kube import Object
from gitops_lab.kube.errors import ApiError
from gitops_lab.kube.objects import condition_of, name_of, namespace_of
from gitops_lab.kube.yamls import dump, load

_SHORT = 12


class SourceMissing(Exception):
    """There is no chart yet; `reason` and text are helm-controller's."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Located:
    """An artifact with a chart; `digest` is that of an image, whose tag may move."""

    artifact: dict[str, Any]
    digest: str = ""

    def chart(self, context: Context) -> Chart:
        """The chart, out of storage. Raises ChartError and SourceMissing."""
        folder = context.world.state / "charts"
        try:
            content = context.storage.content(self.artifact)
        except ArtifactMissing as error:
            told = "Source not ready: artifact not found."
            raise SourceMissing("ArtifactFailed", told) from error
        if self.digest:
            content = _with_version(content, self._tag, self.digest)
        return Chart.load(_kept(folder, content, self.artifact, self.digest))

    @property
    def _tag(self) -> str:
        revision = str(self.artifact.get("revision", ""))
        return revision.partition("@")[0] if "@" in revision else ""


def locate(context: Context, draft: Draft, spec: ReleaseSpec) -> Located:
    """The artifact that the HelmRelease's chart is in. Raises SourceMissing."""
    reference = spec.spec.get("chartRef")
    if reference:
        kind, name = str(reference["kind"]), str(reference["name"])
        namespace = str(reference.get("namespace") or draft.namespace)
    else:
        kind = "HelmChart"
        namespace, _, name = str(draft.status.get("helmChart") or "").partition("/")
    try:
        source = context.client.get(API_VERSION, kind, name, namespace)
    except ApiError as error:
        told = f"could not get Source object: {error.message}"
        raise SourceMissing("ArtifactFailed", told) from error
    if problem := _not_ready(source):
        told = f"{kind} '{namespace_of(source)}/{name_of(source)}' is not ready: {problem}"
        raise SourceMissing("SourceNotReady", told)
    artifact = source["status"]["artifact"]
    revision = str(artifact["revision"])
    digest = revision.rpartition("@")[2] if kind == "OCIRepository" else ""
    return Located(artifact, digest)


def _not_ready(source: Object) -> str:
    status = source.get("status") or {}
    ready, stalled = condition_of(source, "Ready"), condition_of(source, "Stalled")
    if status.get("observedGeneration") != source["metadata"].get("generation"):
        if ready and ready.get("status") == "False":
            return str(ready.get("message"))
        return "latest generation of object has not been reconciled"
    if stalled and stalled.get("status") == "True":
        return str(stalled.get("message"))
    return "" if status.get("artifact") else "does not have an artifact"


def _kept(folder: Path, content: bytes, artifact: dict[str, Any], digest: str) -> Path:
    """The archive as a file, for helm; the same file while the artifact is the same."""
    mark = f"{str(artifact['digest']).partition(':')[2][:_SHORT]}{digest[-_SHORT:]}"
    path = folder / f"{mark}.tgz"
    if not path.is_file() or path.stat().st_size != len(content):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as making:
            making.write(content)
        Path(making.name).replace(path)
    return path


def _with_version(content: bytes, tag: str, digest: str) -> bytes:
    """The chart with the image's digest in its version, so that a tag that moves is noticed."""
    fresh = io.BytesIO()
    try:
        with (
            tarfile.open(fileobj=io.BytesIO(content), mode="r:*") as old,
            tarfile.open(fileobj=fresh, mode="w") as new,
        ):
            for member in old:
                data = old.extractfile(member) if member.isfile() else None
                text = data.read() if data else b""
                if member.name.count("/") == 1 and member.name.endswith("/Chart.yaml"):
                    text = _versioned(text, tag, digest)
                    member.size = len(text)
                new.addfile(member, io.BytesIO(text) if data else None)
    except (tarfile.TarError, OSError) as error:
        raise ChartError(f"the artifact is no archive of a chart: {error}") from error
    return gzip.compress(fresh.getvalue(), mtime=0)


def _versioned(text: bytes, tag: str, digest: str) -> bytes:
    metadata = load(text.decode("utf-8", "replace"), file="Chart.yaml")
    version = str(metadata.get("version", ""))
    tagged = Version.parse(tag.replace("_", "+"))
    if tagged is not None and tagged != Version.parse(version):
        raise ChartError(f"artifact revision {tag} does not match chart version {version}")
    metadata["version"] = f"{version.partition('+')[0]}+{digest.partition(':')[2][:_SHORT]}"
    return dump(metadata).encode()

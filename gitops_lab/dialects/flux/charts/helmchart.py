"""HelmChart: a chart out of a GitRepository or a HelmRepository, kept as an artifact."""

from pathlib import Path
from typing import Any

from gitops_lab.dialects.flux.charts.build import (
    Build,
    Plan,
    build_archive,
    build_failed,
    build_local,
    local_metadata,
    with_metadata,
)
from gitops_lab.dialects.flux.charts.remote import ChartMissing, download, find_version
from gitops_lab.dialects.flux.fetching import API_VERSION, GROUP, Arrivals, Fetch, Fetcher
from gitops_lab.dialects.flux.helm.program import HelmProgram
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.source.outcome import SourceFailed, unsupported
from gitops_lab.dialects.flux.storage import ArtifactMissing
from gitops_lab.kube import Object
from gitops_lab.kube.errors import ApiError, NotFound
from gitops_lab.kube.helm import HelmMissing
from gitops_lab.kube.objects import namespace_of

KIND = "HelmChart"
_SHORT = 12
_SOURCES = ("GitRepository", "HelmRepository")
_REQUEUE = 0.75


class HelmCharts(Fetcher):
    """The controller of all HelmCharts; one is looked at again when its source has news."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, KIND, self._fetch, first=0.0 if context.lab else _REQUEUE)
        self._helm = HelmProgram(context.world.state / "helm")
        self.arrivals = Arrivals(context, _SOURCES)
        self.arrivals.subscribe(self._arrived)

    def stop(self) -> None:
        """End, with what helm is doing."""
        self._helm.stop()
        super().stop()

    def _arrived(self, kind: str, namespace: str, name: str) -> None:
        wanted = {"kind": kind, "name": name}
        self.trigger(
            lambda obj: (
                namespace_of(obj) == namespace
                and {key: obj["spec"]["sourceRef"].get(key) for key in wanted} == wanted
            )
        )

    def _fetch(self, fetch: Fetch) -> None:
        spec = fetch.draft.spec
        if spec.get("verify"):
            raise unsupported("spec.verify", "charts here carry no signature.")
        source = _source(fetch)
        artifact = (source.get("status") or {}).get("artifact")
        oci = source["spec"].get("type") == "oci"
        if not artifact and not oci:
            told = (
                f"no artifact available for {source['kind']} source '{spec['sourceRef']['name']}'"
            )
            raise SourceFailed("NoSourceArtifact", told, pause=_REQUEUE, waits=True)
        if artifact:
            fetch.draft.status["observedSourceArtifactRevision"] = artifact["revision"]
        try:
            with fetch.scratch() as scratch:
                if artifact and source["kind"] == "GitRepository":
                    self._from_git(fetch, artifact, scratch)
                else:
                    self._from_repository(fetch, source, scratch)
        except HelmMissing as error:
            raise build_failed("ChartPackageError", error.paragraph()) from error

    def _from_git(self, fetch: Fetch, artifact: dict[str, Any], scratch: Path) -> None:
        spec = fetch.draft.spec
        plan = _plan(fetch, str(artifact["revision"]).rpartition(":")[2])
        try:
            root = fetch.context.storage.folder(artifact)
        except ArtifactMissing as error:
            told = str(error)
            raise SourceFailed("NoSourceArtifact", told, pause=_REQUEUE, waits=True) from error
        metadata = local_metadata(root, spec["chart"])
        version = with_metadata(str(metadata["version"]), plan.metadata)
        if _is_stored(fetch, str(metadata["name"]), version):
            _say_stored(fetch, None)
            return
        fetch.outdated("NewChart", f"new '{metadata['name']}' chart with version '{version}'")
        _keep(fetch, build_local(self._helm, root, spec["chart"], plan, scratch))

    def _from_repository(self, fetch: Fetch, source: Object, scratch: Path) -> None:
        spec = fetch.draft.spec
        plan = _plan(fetch, "")
        name, wanted = str(spec["chart"]), str(spec.get("version") or "*")
        try:
            found = find_version(fetch.context, source, name, wanted)
        except ChartMissing as error:
            told = f"failed to get chart version for remote reference: {error}"
            raise build_failed(error.reason, told) from error
        version = with_metadata(found.version, plan.metadata)
        if _is_stored(fetch, found.name, version):
            _say_stored(fetch, None)
            return
        fetch.outdated("NewChart", f"new '{found.name}' chart with version '{version}'")
        try:
            archive = download(fetch.context, found, scratch)
        except ChartMissing as error:
            told = f"failed to download chart for remote reference: {error}"
            raise build_failed("ChartPullError", told) from error
        _keep(fetch, build_archive(self._helm, archive, plan, scratch))


def _source(fetch: Fetch) -> Object:
    reference = fetch.draft.spec["sourceRef"]
    if reference["kind"] not in _SOURCES:
        raise unsupported("spec.sourceRef.kind", f"{reference['kind']} is not served here.")
    try:
        return fetch.context.client.get(
            API_VERSION, reference["kind"], reference["name"], fetch.draft.namespace
        )
    except NotFound as error:
        # As client-go's cache says it, which knows kinds where the server knows resources.
        kind = f"{reference['kind']}.{GROUP}"
        told = f'failed to get source: {kind} "{reference["name"]}" not found'
        raise SourceFailed("SourceUnavailable", told) from error
    except ApiError as error:
        told = f"failed to get source: {error.message}"
        raise SourceFailed("SourceUnavailable", told) from error


def _plan(fetch: Fetch, sha: str) -> Plan:
    """Metadata in the version is how those who use the chart notice a change of it."""
    spec = fetch.draft.spec
    parts = [sha[:_SHORT]] if sha and spec.get("reconcileStrategy") == "Revision" else []
    files = tuple(spec.get("valuesFiles") or ())
    if files:
        parts.append(str(fetch.draft.generation))
    return Plan(files, bool(spec.get("ignoreMissingValuesFiles")), ".".join(parts))


def _is_stored(fetch: Fetch, name: str, version: str) -> bool:
    status = fetch.draft.status
    return (
        fetch.revision == version
        and status.get("observedChartName") == name
        and status.get("observedGeneration") == fetch.draft.generation
    )


def _keep(fetch: Fetch, build: Build) -> None:
    chart, status = build.chart, fetch.draft.status
    artifact = fetch.context.storage.put(
        fetch.place, f"{chart.name}-{chart.version}.tgz", chart.version, chart.path.read_bytes()
    )
    fetch.stored(artifact)
    status["observedChartName"] = chart.name
    status["url"] = artifact["url"].rpartition("/")[0] + "/latest.tar.gz"
    if fetch.draft.spec.get("ignoreMissingValuesFiles") and build.values_files:
        status["observedValuesFiles"] = list(build.values_files)
    else:
        status.pop("observedValuesFiles", None)
    _say_stored(fetch, build)
    # source-controller looks once more after it has made a chart, and says that it is up to date.
    fetch.again = _REQUEUE


def _say_stored(fetch: Fetch, build: Build | None) -> None:
    before = fetch.draft.condition("ArtifactInStorage")
    if build is None:
        reason, summary = str(before.get("reason")), str(before.get("message"))
    else:
        reason = "ChartPackageSucceeded" if build.packaged else "ChartPullSucceeded"
        summary = build.summary
    fetch.succeeded(reason, summary)
    fetch.announce(build is not None, reason, summary)

"""From a folder or an archive to the chart's archive, as source-controller builds it.

Values files are merged into the chart's own, metadata is added to the version, dependencies in the
same repository are packed in, and `helm package` makes the archive.
"""

import posixpath
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.dialects.flux.fetching import BUILD_FAILED
from gitops_lab.dialects.flux.helm.chart import Chart, ChartError
from gitops_lab.dialects.flux.helm.program import HelmFailed, HelmProgram
from gitops_lab.dialects.flux.helm.values import Values, merged
from gitops_lab.dialects.flux.source.outcome import FETCH_FAILED, SourceFailed
from gitops_lab.engine.unpack import unpack_file
from gitops_lab.kube.yamls import YamlError, dump, load

_SUMMARIES = {
    "InvalidChartReference": "invalid chart reference",
    "ChartPullError": "chart pull error",
    "MetadataPatchError": "chart metadata patch error",
    "ValuesFilesError": "values files merge error",
    "DependencyBuildError": "dependency build error",
    "ChartPackageError": "chart package error",
}
_PERSISTENT = ("InvalidChartReference", "MetadataPatchError", "ValuesFilesError")
_FETCHING = ("InvalidChartReference", "ChartPullError")


def build_failed(reason: str, what: str) -> SourceFailed:
    """The failure in source-controller's words; some are only mended by a change."""
    return SourceFailed(
        reason,
        f"{_SUMMARIES[reason]}: {what}",
        condition=FETCH_FAILED if reason in _FETCHING else BUILD_FAILED,
        stalled=reason in _PERSISTENT,
    )


@dataclass(frozen=True)
class Build:
    """A chart that was built; `values_files` those that were merged, `packaged` whether it was
    packed here and not taken as it was.
    """

    chart: Chart
    values_files: tuple[str, ...]
    packaged: bool

    @property
    def summary(self) -> str:
        """What the conditions say of it."""
        action = "packaged" if self.packaged else "pulled"
        text = f"{action} '{self.chart.name}' chart with version '{self.chart.version}'"
        if self.values_files:
            text += f" and merged values files [{' '.join(self.values_files)}]"
        return text


@dataclass(frozen=True)
class Plan:
    """What is asked of a build: values files, whether all must be there, the version's metadata."""

    values_files: Sequence[str] = ()
    ignore_missing: bool = False
    metadata: str = ""


def local_metadata(root: Path, path: str) -> dict[str, Any]:
    """Chart.yaml of the chart at a path of an artifact. Raises SourceFailed."""
    place = _inside(root, path)
    if place.is_file():
        return _loaded(place).metadata
    file = place / "Chart.yaml"
    if not file.is_file():
        raise build_failed("InvalidChartReference", f"stat {path}/Chart.yaml: no such file")
    try:
        metadata = load(file.read_text("utf-8", "replace"), file=f"{path}/Chart.yaml")
    except YamlError as error:
        raise build_failed("InvalidChartReference", error.paragraph()) from error
    if not isinstance(metadata, dict) or not metadata.get("name") or not metadata.get("version"):
        what = "chart.metadata.name and chart.metadata.version are required"
        raise build_failed("InvalidChartReference", f"validation: {what}")
    return metadata


def with_metadata(version: str, metadata: str) -> str:
    """A version with metadata: `1.2.0+abc`."""
    return f"{version.partition('+')[0]}+{metadata}" if metadata else version


def build_local(helm: HelmProgram, root: Path, path: str, plan: Plan, scratch: Path) -> Build:
    """Build the chart at a path of an artifact. Raises SourceFailed."""
    place = _inside(root, path)
    version = with_metadata(str(local_metadata(root, path)["version"]), plan.metadata)
    if place.is_file() and not plan.metadata and not plan.values_files:
        return Build(_loaded(place), (), False)
    work = scratch / "chart"
    if place.is_file():
        unpack_file(place, work)
        work = next(work.iterdir())
        inside = work
    else:
        # All of the repository comes along, as dependencies may be named by file://../other.
        shutil.copytree(root, work, symlinks=False)
        inside = work / place.relative_to(root.resolve())
    found = _merge(root, inside, plan)
    _dependencies(helm, inside)
    return Build(_package(helm, inside, version, scratch), found, True)


def build_archive(helm: HelmProgram, archive: Path, plan: Plan, scratch: Path) -> Build:
    """Build from an archive that was downloaded; its values files lie in the chart."""
    if not plan.metadata and not plan.values_files:
        return Build(_loaded(archive), (), False)
    version = with_metadata(_loaded(archive).version, plan.metadata)
    unpack_file(archive, scratch / "chart")
    inside = next((scratch / "chart").iterdir())
    found = _merge(inside, inside, plan)
    return Build(_package(helm, inside, version, scratch), found, True)


def _loaded(archive: Path) -> Chart:
    try:
        return Chart.load(archive)
    except ChartError as error:
        raise build_failed("InvalidChartReference", error.message) from error


def _inside(root: Path, path: str) -> Path:
    place = (root / path.lstrip("/")).resolve()
    if not place.is_relative_to(root.resolve()) or not place.exists():
        told = f"stat {posixpath.normpath(path)}: no such file or directory"
        raise build_failed("InvalidChartReference", told)
    return place


def _merge(root: Path, chart: Path, plan: Plan) -> tuple[str, ...]:
    """Put the merged values files in the place of the chart's values.yaml."""
    values: Values = {}
    found = []
    for name in plan.values_files:
        file = (root / name.lstrip("/")).resolve()
        if not file.is_file() or not file.is_relative_to(root.resolve()):
            if plan.ignore_missing:
                continue
            told = f"no values file found at path '/{name.lstrip('/')}' (reference '{name}')"
            raise build_failed("ValuesFilesError", told)
        values = merged(values, _values(file, name))
        found.append(name)
    if found:
        (chart / "values.yaml").write_text(dump(values))
    return tuple(found)


def _values(file: Path, name: str) -> Values:
    try:
        content = load(file.read_text("utf-8", "replace"), file=name)
    except YamlError as error:
        told = f"unmarshaling values from '{name}' failed: {error.message}"
        raise build_failed("ValuesFilesError", told) from error
    if not isinstance(content, dict | None):
        raise build_failed("ValuesFilesError", f"unmarshaling values from '{name}' failed: no map")
    return content or {}


def _dependencies(helm: HelmProgram, chart: Path) -> None:
    """Pack in the dependencies that lie in the same repository; others must be in charts/."""
    metadata = load((chart / "Chart.yaml").read_text("utf-8", "replace")) or {}
    missing = [one for one in metadata.get("dependencies") or [] if not _is_there(chart, one)]
    remote = [one for one in missing if not str(one.get("repository", "")).startswith("file://")]
    if remote:
        named = ", ".join(str(one.get("name")) for one in remote)
        told = f"failed to add remote dependency '{named}': GitOps Lab fetches nothing from other"
        raise build_failed("DependencyBuildError", f"{told} hosts; commit charts/ with the chart")
    if missing:
        try:
            helm.run(["dependency", "update", str(chart), "--skip-refresh"])
        except HelmFailed as error:
            raise build_failed("DependencyBuildError", error.message) from error


def _is_there(chart: Path, dependency: dict[str, Any]) -> bool:
    name = str(dependency.get("name"))
    return (chart / "charts" / name).is_dir() or any(chart.glob(f"charts/{name}-*.tgz"))


def _package(helm: HelmProgram, chart: Path, version: str, scratch: Path) -> Chart:
    into = scratch / "packaged"
    into.mkdir()
    try:
        helm.run(["package", str(chart), "--destination", str(into), "--version", version])
        return Chart.load(next(into.glob("*.tgz")))
    except (HelmFailed, ChartError) as error:
        raise build_failed("ChartPackageError", error.message) from error

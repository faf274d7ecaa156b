"""A chart in its archive, as `helm package` makes it: its metadata, and the definitions in it."""

import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Object
from gitops_lab.kube.yamls import YamlError, load, load_all

_CRDS = re.compile(r"[^/]+/(?:charts/[^/]+/)*crds/.+\.ya?ml\Z")
_FILE_BYTES = 5 * 1024 * 1024


class ChartError(GitOpsLabError):
    """A chart that can't be built or read; the reason is source-controller's."""

    default_reason = "ChartPackageError"


@dataclass(frozen=True)
class Chart:
    """`path` is the archive; `metadata` its Chart.yaml."""

    path: Path
    metadata: dict[str, Any]

    @property
    def name(self) -> str:
        """As in Chart.yaml."""
        return str(self.metadata.get("name", ""))

    @property
    def version(self) -> str:
        """As in Chart.yaml."""
        return str(self.metadata.get("version", ""))

    @property
    def app_version(self) -> str:
        """As in Chart.yaml; "" when it has none."""
        return str(self.metadata.get("appVersion") or "")

    @classmethod
    def load(cls, path: Path) -> "Chart":
        """Read an archive. Raises ChartError."""
        for name, text in _files(path):
            if name.count("/") == 1 and name.endswith("/Chart.yaml"):
                metadata = _read(text, name)
                if not isinstance(metadata, dict) or not metadata.get("name"):
                    raise ChartError(f"{path.name}: Chart.yaml names no chart")
                return cls(path, metadata)
        raise ChartError(f"{path.name}: Chart.yaml file is missing")

    def definitions(self) -> list[Object]:
        """The CustomResourceDefinitions of `crds/`, those of its dependencies too."""
        found: list[Object] = []
        for name, text in _files(self.path):
            if _CRDS.match(name):
                found += [one.obj for one in load_all(text, file=name) if _is_definition(one.obj)]
        return found


def _files(path: Path) -> list[tuple[str, str]]:
    """The small YAML files of an archive. Raises ChartError."""
    try:
        with tarfile.open(path) as archive:
            return [
                (member.name, content.read().decode("utf-8", "replace"))
                for member in archive
                if member.isfile()
                and member.size <= _FILE_BYTES
                and member.name.endswith((".yaml", ".yml"))
                and (content := archive.extractfile(member)) is not None
            ]
    except (OSError, tarfile.TarError, EOFError) as error:
        raise ChartError(f"{path.name} is no archive of a chart: {error}") from error


def _read(text: str, name: str) -> Any:
    try:
        return load(text, file=name)
    except YamlError as error:
        raise ChartError(f"cannot load {name}: {error.message}") from error


def _is_definition(obj: Any) -> bool:
    return isinstance(obj, dict) and obj.get("kind") == "CustomResourceDefinition"

"""Which template an object of a chart came from; helm says so in a comment before each."""

import re
from bisect import bisect_left
from pathlib import Path

from gitops_lab.engine.source import Artifact
from gitops_lab.errors import Place
from gitops_lab.kube.yamls import Document

_SOURCE = re.compile(r"# Source: [^/\s]+/(\S.*)")
_CHART = "Chart.yaml"


class Origins:
    """An index of helm's comments: at which line of its output which template begins."""

    def __init__(self, artifact: Artifact, output: str) -> None:
        self._artifact = artifact
        self._begins: list[int] = []
        self._files: list[str] = []
        for number, line in enumerate(output.splitlines(), start=1):
            if found := _SOURCE.fullmatch(line.rstrip()):
                self._begins.append(number)
                self._files.append(found[1])

    def of(self, document: Document) -> Place:
        """File, and line where it can be told; Chart.yaml for what came out of an archive."""
        index = bisect_left(self._begins, document.line + 1) - 1
        name = self._files[index] if index >= 0 else _CHART
        path = self._artifact.path / name
        if not path.is_file():
            return Place(self._artifact.name_of(self._artifact.path / _CHART))
        kind = document.obj.get("kind") if isinstance(document.obj, dict) else None
        return Place(self._artifact.name_of(path), _line_of(path, str(kind)))


def _line_of(path: Path, kind: str) -> int:
    """The line on which the only document of that kind begins; 0 when there are several."""
    lines = path.read_text("utf-8", "replace").splitlines()
    pattern = re.compile(rf"kind:\s*[\"']?{re.escape(kind)}[\"']?\s*$")
    hits = [number for number, line in enumerate(lines) if pattern.match(line)]
    if len(hits) != 1:
        return 0
    first = hits[0]
    while first and not lines[first - 1].startswith(("---", "{{")):
        first -= 1
    return first + 1

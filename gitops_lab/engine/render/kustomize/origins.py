"""Which source file an object of a build comes from, as far as that can be known.

Kustomize may rename (prefix, suffix, hash of a generated one), so after the exact name the
longest source name of the same kind that is part of the object's name is taken.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.engine.render.files import read_documents
from gitops_lab.engine.render.kustomize.survey import Kustomization, Survey
from gitops_lab.engine.render.objects import looks_like_object, objects_of
from gitops_lab.kube.objects import GroupKind, Object, name_of

_GENERATED = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}


@dataclass(frozen=True)
class _Origin:
    name: str
    file: str
    line: int


class Origins:
    """An index of the sources of a build. Raises RenderError when one of them is broken."""

    def __init__(self, survey: Survey) -> None:
        self._by_kind: dict[GroupKind, list[_Origin]] = {}
        self._fallback = survey.kustomizations[0].name
        for path, name in survey.resources.items():
            self._add_file(path, name)
        for kustomization in survey.kustomizations:
            self._add_generated(kustomization)

    def of(self, obj: Object) -> tuple[str, int]:
        """File and line; the build's own kustomization file and 0 when they can't be known."""
        name = name_of(obj)
        known = self._by_kind.get(GroupKind.of(obj), [])
        for origin in known:
            if origin.name == name:
                return origin.file, origin.line
        partly = [origin for origin in known if origin.name and origin.name in name]
        if not partly:
            return self._fallback, 0
        best = max(partly, key=lambda origin: len(origin.name))
        return best.file, best.line

    def _add_file(self, path: Path, name: str) -> None:
        for document in read_documents(path, name):
            if not looks_like_object(document.obj):
                continue
            for item in objects_of(document):
                self._add(GroupKind.of(item.obj), name_of(item.obj), item.file, item.line)

    def _add_generated(self, one: Kustomization) -> None:
        for key, kind in _GENERATED.items():
            entries: Any = one.content.get(key)
            start = one.line_of(f"{key}:")
            for entry in entries if isinstance(entries, list) else []:
                if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                    name = entry["name"]
                    line = one.line_of(name, after=start) or start
                    self._add(GroupKind("", kind), name, one.name, line)

    def _add(self, kind: GroupKind, name: str, file: str, line: int) -> None:
        self._by_kind.setdefault(kind, []).append(_Origin(name, file, line))

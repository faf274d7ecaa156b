"""A pod's volumes."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation import names
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    required,
)

Fields = dict[str, Any]
Problems = Iterator[FieldError]
FILE_MODE = "must be a number between 0 and 0777 (octal), both inclusive"
NEEDED = {  # what a source can't do without
    "secret": "secretName",
    "configMap": "name",
    "persistentVolumeClaim": "claimName",
    "hostPath": "path",
}


def check_volumes(volumes: list[Fields], path: str, found: set[str]) -> Problems:
    """Unique names, one source each; valid names are added to `found`."""
    for index, volume in enumerate(volumes):
        here, name = f"{path}[{index}]", volume.get("name", "")
        yield from _sources(volume, here)
        if not name:
            yield required(f"{here}.name")
            continue
        for why in names.label(name):
            yield invalid(f"{here}.name", name, why)
        if name in found:
            yield duplicate(f"{here}.name", name)
        found.add(name)


# In this order the genuine server looks for them: the first one counts.
_ORDER = ("emptyDir", "hostPath", "secret", "nfs", "configMap", "persistentVolumeClaim",
          "downwardAPI", "projected")  # fmt: skip


def _rank(source: str) -> int:
    return _ORDER.index(source) if source in _ORDER else len(_ORDER)


def _sources(volume: Fields, path: str) -> Problems:
    given = sorted((key for key in volume if key != "name"), key=_rank)
    if not given:
        yield required(path, "must specify a volume type")
        return
    for extra in given[1:]:
        yield forbidden(f"{path}.{extra}", "may not specify more than 1 volume type")
    source, here = volume[given[0]], f"{path}.{given[0]}"
    if given[0] in NEEDED and not source.get(NEEDED[given[0]]):
        yield required(f"{here}.{NEEDED[given[0]]}")
    if given[0] in ("secret", "configMap", "downwardAPI", "projected"):
        yield from _files(source, here)
    if given[0] == "projected":
        yield from _same_paths(source, here)


def _files(source: Fields, path: str) -> Problems:
    mode = source.get("defaultMode", 0)
    if not 0 <= mode <= 0o777:
        yield invalid(f"{path}.defaultMode", mode, FILE_MODE)
    for index, item in enumerate(source.get("items", ())):
        here = f"{path}.items[{index}]"
        if "key" in item and not item["key"]:
            yield required(f"{here}.key")
        place = item.get("path", "")
        if not place:
            yield required(f"{here}.path")
        elif place.startswith("/"):
            yield invalid(f"{here}.path", place, "must be a relative path")
        elif ".." in place.split("/"):
            yield invalid(f"{here}.path", place, "must not contain '..'")
        if not 0 <= item.get("mode", 0) <= 0o777:
            yield invalid(f"{here}.mode", item["mode"], FILE_MODE)


def _same_paths(projected: Fields, path: str) -> Problems:
    """Two sources that write one file."""
    seen: set[str] = set()
    for source in projected.get("sources") or ():
        for kind in ("secret", "configMap", "downwardAPI"):
            for item in (source.get(kind) or {}).get("items") or ():
                file = item.get("path", "")
                if file and file in seen:
                    shown = file if kind == "downwardAPI" else source[kind].get("name", "")
                    yield invalid(path, shown, "conflicting duplicate paths")
                seen.add(file)

"""Kernel parameters that a pod asks for."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from gitops_lab.apiserver.validation.errors import FieldError, duplicate, invalid, required

Fields = dict[str, Any]
_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_FORM = rf"^({_SEGMENT}[\./])*{_SEGMENT}$"
_NAME = re.compile(_FORM)
_MOST = 253
_WHY = f"must have at most {_MOST} characters and match regex {_FORM}"
# Those of a namespace that a pod may share with its node, by the beginning of their names.
_NET, _IPC = "net.", ("kernel.shm", "kernel.msg", "fs.mqueue.")


def check_sysctls(sysctls: Iterable[Fields], spec: Fields, path: str) -> Iterator[FieldError]:
    """Their names; none of a namespace that is the node's."""
    seen: set[str] = set()
    for index, each in enumerate(sysctls):
        here, name = f"{path}[{index}].name", each.get("name", "")
        if not name:
            yield required(here)
        elif len(name) > _MOST or not _NAME.fullmatch(name):
            yield invalid(here, name, _WHY)
        elif name in seen:
            yield duplicate(here, name)
        dotted = _dotted(name)
        if spec.get("hostNetwork") and dotted.startswith(_NET):
            yield invalid(here, name, "may not be specified when 'hostNetwork' is true")
        elif spec.get("hostIPC") and (dotted.startswith(_IPC) or dotted == "kernel.sem"):
            yield invalid(here, name, "may not be specified when 'hostIPC' is true")
        seen.add(name)


def _dotted(name: str) -> str:
    """The name with dots between its parts: it may be given as a path."""
    slash, dot = name.find("/"), name.find(".")
    if slash == -1 or -1 < dot < slash:
        return name
    return name.translate(str.maketrans("./", "/."))

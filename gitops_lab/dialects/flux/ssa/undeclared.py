"""Fields that a built-in kind does not have: Flux leaves them out without a word.

Its controllers read an object of a kind that Kubernetes' client library knows into the library's
own type and back, which drops all others; where a value is of the wrong type, the object stays as
it is, and the API server refuses it. Which fields those are is told here by the API server.
"""

import re
from typing import Any

from gitops_lab.kube import Object
from gitops_lab.kube.objects import copied, group_of

_GROUPS = frozenset(["", "apps", "autoscaling", "batch", "policy"])
_OF_KUBERNETES = frozenset(
    [
        "admissionregistration",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
    ]
)
_LEFT_ALONE = ("Role", "ClusterRole")
_REFUSED = re.compile(r"failed to create typed patch object \([^)]*\): (?:errors:\n)?(.*)\Z", re.S)
_LINE = re.compile(r"\s*(\..*): field not declared in schema")
_STEP = re.compile(r"\.([^.\[\]]+)|\[([^\]]*)\]")
_KEY = re.compile(r'(\w+)=(?:"([^"]*)"|([^,]*))')


def without_undeclared(obj: Object, refusal: str) -> Object | None:
    """The object without the fields that a refusal names; None where there is more to it."""
    refused = _REFUSED.search(refusal)
    if refused is None or not _is_known(obj):
        return None
    lines = [_LINE.fullmatch(line) for line in refused[1].splitlines()]
    paths = [line[1] for line in lines if line]
    rest = copied(obj)
    if len(paths) != len(lines) or not all(_removed(rest, path) for path in paths):
        return None
    return rest


def _is_known(obj: Object) -> bool:
    """Whether the kind is one of the client library's that are read and written back."""
    group = group_of(obj["apiVersion"])
    ours = group in _GROUPS or group.removesuffix(".k8s.io") in _OF_KUBERNETES
    return ours and obj["kind"] not in _LEFT_ALONE


def _removed(obj: Object, path: str) -> bool:
    """Whether there was something at a path as messages have it: `.spec.ports[port=80].x`."""
    *way, last = _STEP.findall(path)
    holder: Any = obj
    for name, index in way:
        holder = _item(holder, index) if index else _get(holder, name)
    if not isinstance(holder, dict) or last[0] not in holder:
        return False
    del holder[last[0]]
    return True


def _get(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, dict) else None


def _item(holder: Any, index: str) -> Any:
    """The item of a list at a number, or with such keys."""
    if not isinstance(holder, list):
        return None
    if index.isdigit():
        return holder[int(index)] if int(index) < len(holder) else None
    wanted = {name: quoted or plain for name, quoted, plain in _KEY.findall(index)}
    # A key that is left out has its default: a port's protocol.
    fits = (one for one in holder if isinstance(one, dict) and _fits(one, wanted))
    return next(fits, None)


def _fits(item: dict[str, Any], wanted: dict[str, str]) -> bool:
    return all(str(item.get(name, value)) == value for name, value in wanted.items())

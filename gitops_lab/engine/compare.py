"""Comparing what is wanted with what is there, without asking the server. Pure.

`differences` walks what is wanted: a field that Git never mentioned is no difference. Where the
server may have written the same thing in another way (quantities), both ways are equal; where we
can't be sure, we say "differs", and the server's dry run has the last word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gitops_lab.engine.managed import Path, extract, owned_set
from gitops_lab.engine.quantity import parse_quantity
from gitops_lab.kube.objects import Object

_QUANTITY_PARENTS = frozenset(
    {
        "limits",
        "requests",
        "capacity",
        "hard",
        "min",
        "max",
        "default",
        "defaultRequest",
        "overhead",
    }
)
_QUANTITY_FIELDS = frozenset({"sizeLimit", "divisor", "storage", "averageValue"})
_LIST_KEYS = ("name", "containerPort", "port", "mountPath", "ip", "type", "uid", "topologyKey")


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


@dataclass(frozen=True)
class Difference:
    """A field whose value in the cluster is not the one in Git; `ABSENT` where there is none."""

    path: Path
    wanted: Any
    live: Any

    @property
    def field(self) -> str:
        """`spec.template.spec.containers[name=web].image`."""
        return field_text(self.path)


def field_text(path: Path) -> str:
    """A path as people write it."""
    text = ""
    for step in path:
        quoted = f'["{step}"]' if "." in step or "/" in step else step
        text += step if step.startswith("[") else quoted if quoted != step else f".{step}"
    return text.removeprefix(".")


def differences(wanted: Object, live: Object) -> list[Difference]:
    """Every field of `wanted` that `live` has otherwise, or not at all."""
    return list(_differ(wanted, live, ()))


def is_applied(wanted: Object, live: Object, manager: str) -> bool:
    """Whether `live` is just what applying `wanted` as `manager` would leave.

    True only when the manager owns exactly the wanted fields, with the wanted values: then a
    request would change nothing. A field that left Git but is still owned makes it False.
    """
    ours = extract(live, owned_set(live, manager))
    content = {k: v for k, v in wanted.items() if k not in ("apiVersion", "kind")}
    metadata = {
        k: v for k, v in (wanted.get("metadata") or {}).items() if k not in ("name", "namespace")
    }
    content.pop("metadata", None)
    if metadata:
        content["metadata"] = metadata
    return _equal(content, ours, ())


def _equal(wanted: Any, live: Any, path: Path) -> bool:
    if isinstance(wanted, dict) and isinstance(live, dict):
        return wanted.keys() == live.keys() and all(
            _equal(value, live[key], (*path, key)) for key, value in wanted.items()
        )
    if isinstance(wanted, list) and isinstance(live, list):
        if len(wanted) != len(live):
            return False
        pairs = _pairs(wanted, live)
        return all(
            other is not ABSENT and _equal(item, other, (*path, step))
            for step, item, other in pairs
        )
    return same_scalar(wanted, live, path)


def _differ(wanted: Any, live: Any, path: Path) -> Iterator[Difference]:
    if isinstance(wanted, dict) and isinstance(live, dict):
        for key, value in wanted.items():
            yield from _differ(value, live.get(key, ABSENT), (*path, key))
    elif isinstance(wanted, list) and isinstance(live, list):
        yield from _differ_items(wanted, live, path)
    elif not same_scalar(wanted, live, path) and not _both_empty(wanted, live):
        yield Difference(path, wanted, live)


def _differ_items(wanted: list[Any], live: list[Any], path: Path) -> Iterator[Difference]:
    keyed = _list_key(wanted) and _list_key(live)
    if not keyed and len(wanted) != len(live):
        yield Difference(path, wanted, live)
        return
    for step, item, other in _pairs(wanted, live):
        yield from _differ(item, other, (*path, step))


def _pairs(wanted: list[Any], live: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each wanted item with its partner: by key where items have one, else by place."""
    name = _list_key(wanted)
    if name and name == _list_key(live):
        by_key = {item[name]: item for item in live}
        for item in wanted:
            yield f"[{name}={item[name]}]", item, by_key.get(item[name], ABSENT)
        return
    for index, item in enumerate(wanted):
        yield f"[{index}]", item, live[index] if index < len(live) else ABSENT


def _list_key(items: list[Any]) -> str:
    """The field that tells the items apart, "" when there is none."""
    if not items or not all(isinstance(item, dict) for item in items):
        return ""
    for name in _LIST_KEYS:
        values = [item.get(name) for item in items]
        if all(isinstance(v, (str, int)) for v in values) and len(set(values)) == len(values):
            return name
    return ""


def same_scalar(wanted: Any, live: Any, path: Path) -> bool:
    """Whether two values are the same to Kubernetes at this place."""
    if wanted == live and isinstance(wanted, bool) == isinstance(live, bool):
        return True
    if not _is_quantity(path):
        return False
    left, right = parse_quantity(wanted), parse_quantity(live)
    return left is not None and left == right


def _is_quantity(path: Path) -> bool:
    return bool(path) and (
        path[-1] in _QUANTITY_FIELDS or (len(path) > 1 and path[-2] in _QUANTITY_PARENTS)
    )


def _both_empty(wanted: Any, live: Any) -> bool:
    """The server leaves out empty lists and mappings in many places."""
    return wanted in ({}, [], None) and (live is ABSENT or live in ({}, [], None))

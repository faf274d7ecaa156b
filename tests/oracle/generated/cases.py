"""Cases: a few requests about one object, in the form in which scripts are played.

What is read from an answer (`save`) differs between the servers; the requests are the same.
"""

from copy import deepcopy
from typing import Any

from tests.oracle.generated.draw import Draw, Object
from tests.oracle.generated.kinds import KINDS, Kind
from tests.oracle.talk import Step

_MANAGERS = ("alice", "bob")
_KEYED = {"containers": "name", "volumes": "name", "env": "name", "ports": "containerPort"}
_MAPS = ("labels", "nodeSelector", "matchLabels")
_VALIDATIONS = ("", "", "&fieldValidation=Strict", "&fieldValidation=Ignore")


def steps_of(seed: str) -> list[Step]:
    """The requests of a case."""
    draw = Draw(seed)
    kind, name = draw.one(KINDS), f"it-{draw.number(10, 99)}"
    first = draw.one(["create", "create", "apply"])
    operations = [first, *(draw.one(_AFTER) for _ in range(draw.number(1, 4)))]
    steps = []
    for number, operation in enumerate(operations):
        for step in _STEPS[operation](draw, kind, name):
            steps.append({"name": f"{number} {operation} {kind.kind}", **step})
    return steps


def _options(draw: Draw) -> str:
    return f"?fieldManager={draw.one(_MANAGERS)}{draw.one(_VALIDATIONS)}"


def _create(draw: Draw, kind: Kind, name: str) -> list[Step]:
    return [{"send": f"POST {kind.path()}{_options(draw)}", "body": kind.draw(draw, name)}]


def _apply(draw: Draw, kind: Kind, name: str) -> list[Step]:
    force = "&force=true" if draw.often(0.4) else ""
    send = f"PATCH {kind.path(name)}{_options(draw)}{force}"
    return [{"send": send, "as": "apply", "body": kind.draw(draw, name)}]


def _update(draw: Draw, kind: Kind, name: str) -> list[Step]:
    body = kind.draw(draw, name)
    read: Step = {"send": f"GET {kind.path(name)}", "save": {"version": "metadata.resourceVersion"}}
    body["metadata"]["resourceVersion"] = "{version}"
    if kind.kind == "Service":
        read["save"] |= {"ip": "spec.clusterIP"}
        body["spec"] |= {"clusterIP": "{ip}", "clusterIPs": ["{ip}"]}
    return [read, {"send": f"PUT {kind.path(name)}{_options(draw)}", "body": body}]


def _merge(draw: Draw, kind: Kind, name: str) -> list[Step]:
    patch = _thinned(draw, _content(draw, kind, name))
    return [{"send": f"PATCH {kind.path(name)}{_options(draw)}", "as": "merge", "body": patch}]


def _strategic(draw: Draw, kind: Kind, name: str) -> list[Step]:
    patch = _thinned(draw, _content(draw, kind, name))
    _direct(draw, patch)
    return [{"send": f"PATCH {kind.path(name)}{_options(draw)}", "as": "strategic", "body": patch}]


def _json(draw: Draw, kind: Kind, name: str) -> list[Step]:
    operations = [
        {"op": "add", "path": "/metadata/labels", "value": draw.labels()},
        {"op": "add", "path": "/metadata/annotations", "value": {"p": draw.one("12")}},
        {"op": "remove", "path": draw.one(["/metadata/labels", "/spec/replicas", "/data/a"])},
        {"op": "replace", "path": "/metadata/labels/a", "value": draw.one("xy")},
        {"op": "test", "path": "/metadata/name", "value": draw.one([name, "other"])},
    ]
    body = draw.some(operations, 1, 2)
    return [{"send": f"PATCH {kind.path(name)}{_options(draw)}", "as": "json", "body": body}]


def _delete(draw: Draw, kind: Kind, name: str) -> list[Step]:
    policy = draw.one(["", "?propagationPolicy=Foreground", "?propagationPolicy=Orphan"])
    return [{"send": f"DELETE {kind.path(name)}{policy}"}, {"send": f"GET {kind.path(name)}"}]


def _table(draw: Draw, kind: Kind, name: str) -> list[Step]:
    return [{"send": f"GET {kind.path(name)}", "accept": "table"}]


_STEPS = {
    "create": _create,
    "apply": _apply,
    "update": _update,
    "merge": _merge,
    "strategic": _strategic,
    "json": _json,
    "delete": _delete,
    "table": _table,
}
_AFTER = ("apply", "apply", "apply", "update", "update", "merge", "strategic", "strategic", "json",
          "delete", "table")  # fmt: skip


def _content(draw: Draw, kind: Kind, name: str) -> Object:
    """What a patch may be about: all but the object's identity."""
    drawn = deepcopy(kind.draw(draw, name))
    kept = {key: value for key, value in drawn.items() if key not in ("apiVersion", "kind")}
    metadata = {k: v for k, v in kept.pop("metadata").items() if k in ("labels", "annotations")}
    return {"metadata": metadata, **kept} if metadata else kept


def _thinned(draw: Draw, value: Any) -> Any:
    """A part of a manifest; here and there a null, which removes."""
    if not isinstance(value, dict):
        return value
    thin: Object = {}
    for key, each in value.items():
        if draw.often(0.8):
            gone = draw.often(0.05) and key not in "abc"
            thin[key] = None if gone else _thinned(draw, each)
    return thin


def _direct(draw: Draw, value: Any) -> None:
    """Put in what only strategic merge patches know."""
    if isinstance(value, list):
        for each in value:
            _direct(draw, each)
    if not isinstance(value, dict):
        return
    for key, each in list(value.items()):
        _direct(draw, each)
        merge_key = _KEYED.get(key)
        if merge_key and isinstance(each, list) and each and merge_key in each[0]:
            if draw.often(0.2):
                order = [{merge_key: one[merge_key]} for one in each]
                value[f"$setElementOrder/{key}"] = order
            if draw.often(0.1):
                each.append({"$patch": "delete", merge_key: each[0][merge_key]})
        elif key in _MAPS and isinstance(each, dict) and draw.often(0.1):
            each["$patch"] = "replace"

"""Client-side apply: what was applied last is in an annotation, and a patch made of three. Pure.

As kubectl does without `--server-side` (see "Declarative Management of Kubernetes Objects" in the
Kubernetes documentation): a field that was applied last and is no longer wanted goes, a field that
nobody applied stays.
"""

from typing import Any

import orjson

from gitops_lab.kube.objects import Object, annotations_of

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_MERGE_KEYS = ("name", "containerPort", "port", "mountPath", "ip", "type", "uid", "topologyKey")


def with_last_applied(obj: Object) -> Object:
    """The object with itself in the annotation."""
    text = orjson.dumps(obj, option=orjson.OPT_SORT_KEYS).decode()
    metadata = obj.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), LAST_APPLIED: text}
    return {**obj, "metadata": {**metadata, "annotations": annotations}}


def last_applied(live: Object) -> Object:
    """What was applied last; {} when that isn't known."""
    try:
        content = orjson.loads(annotations_of(live).get(LAST_APPLIED, "{}"))
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def is_last_applied(wanted: Object, live: Object) -> bool:
    """Whether exactly this was applied last."""
    return last_applied(live) == wanted


def merge_patch(wanted: Object, live: Object, *, strategic: bool) -> Object:
    """The patch that applies what is wanted, as a merge patch or a strategic one."""
    patch = _with_deletions(with_last_applied(wanted), last_applied(live), strategic)
    assert isinstance(patch, dict)
    return patch


def _with_deletions(wanted: Any, last: Any, strategic: bool) -> Any:
    if isinstance(wanted, dict) and isinstance(last, dict):
        gone = {key: None for key in last if key not in wanted}
        kept = {
            key: _with_deletions(value, last.get(key), strategic) for key, value in wanted.items()
        }
        return {**kept, **gone}
    if strategic and isinstance(wanted, list) and isinstance(last, list):
        return _list_with_deletions(wanted, last)
    return wanted


def _list_with_deletions(wanted: list[Any], last: list[Any]) -> list[Any]:
    """Items are told apart by the fields that the API types declare as merge keys."""
    if not all(isinstance(item, dict) and _key_of(item) for item in (*wanted, *last)):
        return wanted
    before = {_key_of(item): item for item in last}
    now = {_key_of(item) for item in wanted}
    kept = [_with_deletions(item, before.get(_key_of(item)), True) for item in wanted]
    gone = [
        {"$patch": "delete", **{k: item[k] for k in _MERGE_KEYS if k in item}}
        for key, item in before.items()
        if key not in now
    ]
    return [*kept, *gone]


def _key_of(item: Object) -> tuple[tuple[str, Any], ...]:
    return tuple((key, item[key]) for key in _MERGE_KEYS if key in item)

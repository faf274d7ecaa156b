"""The annotation of client-side apply, which server-side apply by kubectl takes into account."""

from typing import Any

import orjson

from gitops_lab.apiserver.fields.atoms import UNSAFE, Atom
from gitops_lab.apiserver.fields.check import type_errors
from gitops_lab.apiserver.fields.compare import compare
from gitops_lab.apiserver.fields.sets import field_set
from gitops_lab.apiserver.fields.trie import Trie, difference

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
Object = dict[str, Any]


def allowed_conflicts(live: Object, version: str, atom: Atom) -> Trie:
    """The fields that still have the value that client-side apply gave them.

    Taking those over needs no force: it is the same kubectl.
    """
    text = _annotations(live).get(ANNOTATION)
    if not text:
        return {}
    try:
        config = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(config, dict) or config.get("apiVersion") != version:
        return {}
    if type_errors(config, atom):
        return {}
    changes = compare(config, live, atom)
    fields = field_set(config, atom)
    for changed in (changes.modified, changes.added, changes.removed):
        fields = difference(fields, changed)
    return fields


def annotate(merged: Object, config: Object) -> Object:
    """The object with the annotation brought up to date, where there is one."""
    if not _annotations(merged).get(ANNOTATION):
        return merged
    metadata = dict(config.get("metadata") or {})
    if "annotations" in metadata:
        kept = {k: v for k, v in (metadata["annotations"] or {}).items() if k != ANNOTATION}
        metadata["annotations"] = kept
    bare = {**config, "metadata": metadata}
    text = orjson.dumps(bare, option=orjson.OPT_SORT_KEYS).decode().translate(UNSAFE) + "\n"
    annotations = {**merged["metadata"]["annotations"], ANNOTATION: text}
    return {**merged, "metadata": {**merged["metadata"], "annotations": annotations}}


def _annotations(obj: Object) -> Object:
    found = (obj.get("metadata") or {}).get("annotations")
    return found if isinstance(found, dict) else {}

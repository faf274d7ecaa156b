"""Revisions of a Deployment: a ReplicaSet for each pod template, hash and annotations. Pure."""

from collections.abc import Iterable
from typing import Any

import orjson

from gitops_lab.controllers.deployment.maths import (
    DESIRED,
    MAXIMUM,
    max_surge,
    oldest_first,
    replicas,
)
from gitops_lab.controllers.framework.ownership import controller_reference
from gitops_lab.controllers.framework.selectors import with_label
from gitops_lab.kube.objects import Object, annotations_of, copied, labels_of, name_of, namespace_of

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
_NOT_COPIED = {
    "kubectl.kubernetes.io/last-applied-configuration",
    "deprecated.deployment.rollback.to",
    REVISION,
    HISTORY,
    DESIRED,
    MAXIMUM,
}
_HISTORY_CHARACTERS = 2000
_NAME_CHARACTERS = 253
# Kubernetes' alphabet for generated words: without vowels and look-alikes, so none is rude.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: Object, collisions: int | None) -> str:
    """The pod-template-hash label.

    FNV-1a over the template, written as Kubernetes writes it. The value differs from the genuine
    one, which hashes a dump of Go structs; nothing may rely on it.
    """
    data = orjson.dumps(_plain(template), option=orjson.OPT_SORT_KEYS)
    if collisions is not None:
        data += collisions.to_bytes(8, "little")
    value = 2166136261
    for byte in data:
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return "".join(_ALPHABET[ord(digit) % len(_ALPHABET)] for digit in str(value))


def same_template(one: Object, other: Object) -> bool:
    """Whether two pod templates are equal, the hash label aside."""
    return bool(_plain(one) == _plain(other))


def find_new(deployment: Object, sets: Iterable[Object]) -> Object | None:
    """The ReplicaSet of the Deployment's template; the oldest if there are several."""
    template = _plain(deployment["spec"]["template"])
    for one in oldest_first(sets):
        if _plain(one["spec"]["template"]) == template:
            return one
    return None


def revision(obj: Object) -> int:
    """The revision annotation; 0 where there is none or it is no number."""
    text = annotations_of(obj).get(REVISION, "")
    return int(text) if text.isdecimal() else 0


def next_revision(old: Iterable[Object]) -> int:
    """One more than the highest revision of the old ReplicaSets."""
    return max((revision(one) for one in old), default=0) + 1


def replica_annotations(deployment: Object) -> dict[str, str]:
    """What a ReplicaSet notes of its Deployment's size, to tell scaling from rolling out."""
    wanted = replicas(deployment)
    return {DESIRED: str(wanted), MAXIMUM: str(wanted + max_surge(deployment))}


def set_annotations(deployment: Object, one: Object, number: int) -> dict[str, str]:
    """The annotations of the new ReplicaSet: the Deployment's, and its revision.

    A ReplicaSet that gets a higher revision (a rollback) keeps the old ones as history.
    """
    held = annotations_of(one)
    copied = {k: v for k, v in annotations_of(deployment).items() if k not in _NOT_COPIED}
    result = {**held, **copied}
    before = held.get(REVISION, "")
    if before and not before.isdecimal():
        return result
    if int(before or 0) < number:
        result[REVISION] = str(number)
        if before:
            result[HISTORY] = _history(held.get(HISTORY, ""), before)
    return result


def _history(held: str, number: str) -> str:
    numbers = [*(held.split(",") if held else []), number]
    while len(numbers) > 1 and len(",".join(numbers)) > _HISTORY_CHARACTERS:
        numbers.pop(0)
    return ",".join(numbers)


def new_replica_set(deployment: Object, number: int) -> Object:
    """The ReplicaSet of the Deployment's template, with no replicas yet."""
    spec = deployment["spec"]
    collisions = (deployment.get("status") or {}).get("collisionCount")
    digest = template_hash(spec["template"], collisions)
    template = copied(spec["template"])
    labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH_LABEL: digest}
    template["metadata"] = {**(template.get("metadata") or {}), "labels": labels}
    made: Object = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": _name(name_of(deployment), digest),
            "namespace": namespace_of(deployment),
            "labels": dict(labels),
            "ownerReferences": [controller_reference(deployment, "apps/v1", "Deployment")],
        },
        "spec": {
            "replicas": 0,
            "selector": with_label(spec.get("selector"), HASH_LABEL, digest),
            "template": template,
        },
    }
    if spec.get("minReadySeconds"):
        made["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    annotations = set_annotations(deployment, made, number)
    made["metadata"]["annotations"] = {**annotations, **replica_annotations(deployment)}
    return made


def _name(deployment: str, digest: str) -> str:
    return f"{deployment[: _NAME_CHARACTERS - 1 - len(digest)]}-{digest}"


def _plain(template: Object) -> Any:
    """The template without hash label, nulls and empty label maps, which mean nothing."""
    template = _without_nulls(template)
    metadata = dict(template.get("metadata") or {})
    labels = {k: v for k, v in labels_of(template).items() if k != HASH_LABEL}
    metadata["labels"] = labels
    return {**template, "metadata": {k: v for k, v in metadata.items() if v}}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value

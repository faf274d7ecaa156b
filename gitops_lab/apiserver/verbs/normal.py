"""A decoded object as it is held: of the right types, without unknown fields, with defaults."""

from typing import Any

from gitops_lab.apiserver import defaults, status
from gitops_lab.apiserver.types.golang import normal_form
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.apiserver.types.schema import Schema
from gitops_lab.apiserver.validation import prune_unknown
from gitops_lab.kube.objects import Object

OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def normal(resource: Resource, obj: Object) -> Object:
    """The object in normal form. Raises StatusError 400 for a value of the wrong type."""
    try:
        if resource.custom:
            return _custom(resource, obj)
        return defaults.default(obj, resource)
    except defaults.DecodeError as error:
        raise status.bad_request(error.message) from None


def _custom(resource: Resource, obj: Object) -> Object:
    pruned: Object = prune_unknown(obj, resource.schema)
    complete = defaults.default(without_nulls(pruned, resource.schema), resource)
    return {**complete, "metadata": normal_form(complete["metadata"], OBJECT_META)}


def without_nulls(value: Any, schema: Schema | None) -> Any:
    """A custom object without nulls where its schema neither allows them nor has a default."""
    if isinstance(value, list):
        items = schema.items if schema else None
        return [without_nulls(each, items) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, sub in value.items():
        below = schema.at(key) if schema else None
        if sub is None and below is not None and not below.nullable and not below.has_default:
            continue
        kept[key] = without_nulls(sub, below)
    return kept

"""A decoded object as it is held: of the right types, without unknown fields, with defaults."""

from gitops_lab.apiserver import defaults, status
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.apiserver.validation import prune_unknown
from gitops_lab.kube.objects import Object


def normal(resource: Resource, obj: Object) -> Object:
    """The object in normal form. Raises StatusError 400 for a value of the wrong type."""
    try:
        if resource.custom:
            pruned: Object = prune_unknown(obj, resource.schema)
            return defaults.default(pruned, resource)
        return defaults.default(obj, resource)
    except defaults.DecodeError as error:
        raise status.bad_request(error.message) from None

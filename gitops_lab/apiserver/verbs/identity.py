"""Names, namespaces and the metadata that only the server writes."""

import random
import uuid

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Call
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.times import now
from gitops_lab.kube.objects import Object

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_MAX_BASE = 58
_KEPT = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")
# Seeded by the system once: names are no secrets, and asking it each time lets other threads in.
_random = random.Random()  # noqa: S311


def settle_namespace(call: Call, obj: Object) -> None:
    """Fill in the path's namespace. Raises StatusError 400 when the object names another."""
    metadata = obj["metadata"]
    if not call.resource.namespaced:
        if metadata.get("namespace"):
            metadata.pop("namespace")
        return
    given = metadata.get("namespace") or call.target.namespace
    if call.target.namespace is not None and given != call.target.namespace:
        raise status.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    metadata["namespace"] = given


def settle_name(call: Call, obj: Object) -> None:
    """Check the name against the path's. Raises StatusError 400."""
    metadata = obj["metadata"]
    given = metadata.get("name")
    if not given:
        raise status.bad_request(
            f"the name of the object ({call.target.name} based on URL) was undeterminable: "
            "name must be provided"
        )
    if given != call.target.name:
        raise status.bad_request(
            f"the name of the object ({given}) does not match the name on the URL "
            f"({call.target.name})"
        )
    metadata["name"] = given


def generate_name(obj: Object) -> bool:
    """Make a name out of generateName when there is none; True when it did."""
    metadata = obj["metadata"]
    base = metadata.get("generateName")
    if metadata.get("name") or not base:
        return False
    suffix = "".join(_random.choice(_ALPHABET) for _ in range(5))
    metadata["name"] = base[:_MAX_BASE] + suffix
    return True


def stamp(obj: Object) -> None:
    """Give a new object its uid and creation time; drop what a creator may not set."""
    metadata = obj["metadata"]
    for name in ("selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"):
        metadata.pop(name, None)
    metadata["uid"] = str(uuid.UUID(int=_random.getrandbits(128), version=4))
    metadata["creationTimestamp"] = now()


def keep(new: Object, old: Object) -> None:
    """Carry over the metadata that an update may not change."""
    metadata, before = new["metadata"], old["metadata"]
    metadata.pop("selfLink", None)
    for name in _KEPT:
        metadata.pop(name, None)
        if name in before:
            metadata[name] = before[name]
    if "generateName" in before and "generateName" not in metadata:
        metadata["generateName"] = before["generateName"]


def check_namespace(api: Api, call: Call, name: str) -> None:
    """A new object needs its namespace, and not a terminating one. StatusError 404 or 403."""
    namespace = call.target.namespace
    if namespace is None or not call.resource.namespaced:
        return
    found = api.builtin("", "v1", "namespaces").collection.get("", namespace)
    if found is None:
        raise status.not_found("", "namespaces", namespace)
    if "deletionTimestamp" not in found.parsed()["metadata"]:
        return
    resource = call.resource
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    error = status.forbidden(resource.group, resource.plural, name, why)
    assert error.details is not None
    error.details["causes"] = [
        {
            "reason": "NamespaceTerminating",
            "message": f"namespace {namespace} is being terminated",
            "field": "metadata.namespace",
        }
    ]
    raise error

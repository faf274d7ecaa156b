"""update: replace an object, or its status."""

from gitops_lab.apiserver import status
from gitops_lab.apiserver.defaults import apply_schema_defaults
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.served import Api, Served
from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.verbs import identity
from gitops_lab.apiserver.verbs.create import create_object
from gitops_lab.apiserver.verbs.decoding import read_object
from gitops_lab.apiserver.verbs.normal import normal
from gitops_lab.apiserver.verbs.options import check_options
from gitops_lab.apiserver.verbs.writing import (
    Write,
    change_by_policies,
    check,
    check_precondition,
    record_fields,
    store_changed,
)
from gitops_lab.apiserver.views import view_for
from gitops_lab.kube.objects import Object

STATUS_DOORS = ("status", "approval")
"""Subresources whose writes change the status alone; approval is that of signing requests."""


PART_DOORS = ("ephemeralcontainers", "resize")
"""Subresources whose writes change one part of a spec."""


async def update(api: Api, call: Call) -> Answer:
    """200 with the object as it is stored now; 201 for a kind that a PUT may create."""
    view = view_for(call)
    check_options(call)
    obj = read_object(call)
    identity.settle_namespace(call, obj)
    identity.settle_name(call, obj)
    served = api.served(call.resource)
    write = await begin(api, call, served)
    if write.previous is None:
        normal(served.resource, obj)  # what can't be read is told first
        if call.target.subresource or not served.strategy.create_on_update:
            raise status.not_found(call.resource.group, call.resource.plural, call.target.name)
        entry = await create_object(api, call, obj)
        return Answer(201, view.one(entry), view.content_type)
    check_version_given(write, obj)
    entry = await change(write, obj)
    return Answer(200, view.one(entry), view.content_type)


async def begin(api: Api, call: Call, served: Served) -> Write:
    """The write of a path's object. Until it is stored nothing may be awaited."""
    key = served.key(call.target.namespace, call.target.name)
    previous = await api.store.settled(key)
    old = _as_read(served, previous) if previous is not None else None
    subresource = call.target.subresource
    return Write(api, call, served, key, previous, old, subresource)


def _as_read(served: Served, entry: Entry) -> Object:
    """What a write starts from: the object as readers see it, with its schema's defaults."""
    obj, resource = served.whole(entry), served.resource
    if not (resource.custom and resource.schema.may_default):
        return obj
    filled: Object = apply_schema_defaults(obj, resource.schema)
    return filled


def check_version_given(write: Write, obj: Object) -> None:
    """Custom resources can't be replaced without saying which version. StatusError 422."""
    if write.served.strategy.unconditional_update or obj["metadata"].get("resourceVersion"):
        return
    resource = write.served.resource
    cause = {
        "reason": "FieldValueInvalid",
        "message": "Invalid value: 0: must be specified for an update",
        "field": "metadata.resourceVersion",
    }
    # The genuine server names the resource here where it names the kind elsewhere.
    raise status.invalid(resource.group, resource.plural, write.key.name, [cause])


async def change(write: Write, obj: Object) -> Entry:
    """Replace the stored object by `obj` as far as the path allows."""
    check_precondition(write, obj)
    return await change_normal(write, normal(write.served.resource, obj))


async def change_normal(write: Write, new: Object) -> Entry:
    """The same for an object that is in normal form already."""
    # What the writer asked for is what it owns, also where the rules then put something back.
    new = change_by_policies(write, record_fields(write, new))
    prepare(write, new)
    return await settle(write, new)


def prepare(write: Write, new: Object) -> None:
    """Put back what this path may not change."""
    assert write.old is not None
    identity.keep(new, write.old)
    if write.subresource in PART_DOORS:
        write.served.strategy.prepare_part(new, write.old, write.subresource)
    elif write.subresource in STATUS_DOORS:
        write.served.strategy.prepare_status(new, write.old)
    else:
        write.served.strategy.prepare_update(new, write.old)


async def settle(write: Write, new: Object) -> Entry:
    """Check and store a changed object."""
    check(write, new)
    return await store_changed(write, new)

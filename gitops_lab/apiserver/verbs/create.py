"""create: a new object."""

from gitops_lab.apiserver import admission, status
from gitops_lab.apiserver.accounts import await_account
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.served import Api, Served
from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.verbs import identity
from gitops_lab.apiserver.verbs.decoding import read_object
from gitops_lab.apiserver.verbs.normal import normal
from gitops_lab.apiserver.verbs.options import check_options
from gitops_lab.apiserver.verbs.writing import (
    Write,
    change_by_policies,
    check,
    record_fields,
    store_new,
)
from gitops_lab.apiserver.views import view_for
from gitops_lab.kube.objects import Object

_GENERATED_TRIES = 8


async def create(api: Api, call: Call) -> Answer:
    """201 with the object as it was stored."""
    view = view_for(call)
    check_options(call)
    obj = read_object(call)
    identity.settle_namespace(call, obj)
    entry = await create_object(api, call, obj)
    call.wrote = entry.key.name
    return Answer(201, view.one(entry), view.content_type)


async def create_object(api: Api, call: Call, obj: Object) -> Entry:
    """Complete, check and store a new object; retries a generated name that is taken."""
    served = api.served(call.resource)
    if served.collection.name == "/pods":
        await await_account(api, obj, call.target.namespace or "")
    for _ in range(_GENERATED_TRIES):
        generated = identity.generate_name(obj)
        try:
            return await _create_once(api, call, served, obj)
        except status.StatusError as error:
            if not generated or error.reason != "AlreadyExists":
                raise
            obj["metadata"].pop("name")
    resource = call.resource
    raise status.already_exists(resource.group, resource.plural, obj["metadata"]["generateName"])


async def _create_once(api: Api, call: Call, served: Served, obj: Object) -> Entry:
    resource = call.resource
    metadata = obj["metadata"]
    name = str(metadata.get("name") or "")
    identity.check_namespace(api, call, name)
    if resource.ending:
        why = "create not allowed while custom resource definition is terminating"
        raise status.forbidden(resource.group, resource.plural, name, why)
    if metadata.get("resourceVersion") not in (None, "", "0"):
        raise status.StatusError(
            500, "", "resourceVersion should not be set on objects to be created"
        )
    key = served.key(metadata.get("namespace"), name)
    new = complete(served, obj)
    write = Write(api, call, served, key, None, None)
    new = finish_new(write, new)
    if await api.store.settled(key) is not None:
        raise status.already_exists(resource.group, resource.plural, name)
    return await store_new(write, new)


def complete(served: Served, obj: Object) -> Object:
    """A decoded object with its defaults, without a status that its writer may not set."""
    new = normal(served.resource, obj)
    new["metadata"].pop("resourceVersion", None)
    if served.strategy.has_status and served.collection.name != "/nodes":
        new.pop("status", None)
    return new


def finish_new(write: Write, new: Object) -> Object:
    """Record its fields, apply its kind's rules, give it an identity, check it."""
    new = change_by_policies(write, record_fields(write, new))
    admission.complete_new(write.api, write.served.collection.name, new)
    write.served.strategy.prepare_create(new)
    identity.stamp(new)
    write.served.strategy.identified(new)
    check(write, new)
    admission.check_new(write.api, write.served, new)
    return new

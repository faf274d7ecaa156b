"""From a request on a resource to the verb that answers it."""

from collections.abc import Awaitable, Callable

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.metrics import GROUP, metrics
from gitops_lab.apiserver.proxy.logs import logs
from gitops_lab.apiserver.rbac.attributes import Attributes, named_by_selector
from gitops_lab.apiserver.reviews import REVIEWS, review
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.subresources import HANDLERS, bind_named, scale
from gitops_lab.apiserver.verbs.create import create
from gitops_lab.apiserver.verbs.delete import delete, delete_collection
from gitops_lab.apiserver.verbs.get import get
from gitops_lab.apiserver.verbs.list import list_objects
from gitops_lab.apiserver.verbs.patch import patch
from gitops_lab.apiserver.verbs.update import PART_DOORS, STATUS_DOORS, update
from gitops_lab.apiserver.verbs.watch import watch

Handler = Callable[[Api, Call], Awaitable[Answer]]

VERBS: dict[str, Handler] = {
    "create": create,
    "delete": delete,
    "deletecollection": delete_collection,
    "get": get,
    "list": list_objects,
    "patch": patch,
    "update": update,
    "watch": watch,
}
_ON_OBJECT = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_ON_COLLECTION = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}
_ON_MANY = ("list", "watch", "deletecollection")


def verb_of(call: Call) -> str:
    """The verb as RBAC and discovery name it; "" when the method means nothing here."""
    method, target = call.method, call.target
    if target.watched:
        return "watch" if method == "GET" else ""
    if target.subresource:
        return "create" if method == "POST" else _ON_OBJECT.get(method, "")
    if target.name:
        return _ON_OBJECT.get(method, "")
    if method == "POST" and target.resource.namespaced and target.namespace is None:
        return "" if target.resource.kind not in REVIEWS else "create"
    verb = _ON_COLLECTION.get(method, "")
    return "watch" if verb == "list" and call.query.flag("watch") else verb


async def dispatch(api: Api, call: Call) -> Answer:
    """Answer a request of somebody who may ask it. Raises StatusError."""
    verb = verb_of(call)
    if call.resource.deprecation:
        call.warnings.append(call.resource.deprecation)
    if call.target.subresource:
        return await _subresource(api, call, verb)
    if verb not in call.resource.verbs:
        raise status.method_not_allowed()
    if call.resource.kind in REVIEWS:
        return await review(api, call)
    if call.resource.group == GROUP:
        return await metrics(api, call)
    if call.resource.kind == "Binding":
        return await bind_named(api, call)
    if "get" not in call.resource.verbs:
        raise status.not_implemented(f"{verb} of {call.resource.group_resource}")
    return await VERBS[verb](api, call)


def asked_by(call: Call, verb: str) -> Attributes:
    """What a request asks of the authorizer."""
    resource, target = call.resource, call.target
    name, namespace = target.name, target.namespace or ""
    if not name and verb in _ON_MANY:
        name = named_by_selector(call.query.get("fieldSelector"))
    if name and resource.plural == "namespaces" and not resource.group:
        # As if it lay in itself, so that a role in a namespace can be about it.
        namespace = name
    return Attributes(
        call.user, verb, resource.group, resource.plural, target.subresource, name, namespace
    )


async def _subresource(api: Api, call: Call, verb: str) -> Answer:
    name = call.target.subresource
    known = call.resource.subresource(name)
    if known is None and call.resource.custom:
        resource = call.resource
        raise status.not_found(resource.group, resource.plural, call.target.name)
    if known is None:
        raise status.no_such_path()
    if verb not in known.verbs:
        raise status.method_not_allowed()
    if name in STATUS_DOORS or name in PART_DOORS:
        return await VERBS[verb](api, call)
    if name == "scale":
        return await scale(api, call)
    if (call.resource.plural, name) == ("pods", "log"):
        return await logs(api, call)
    handler = HANDLERS.get((call.resource.plural, name))
    if handler is None:
        raise status.not_implemented(f"{call.resource.plural}/{name}")
    return await handler(api, call)

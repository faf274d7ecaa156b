"""namespaces/finalize: how the namespace controller says that nothing is left inside."""

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.verbs import identity
from gitops_lab.apiserver.verbs.decoding import read_object
from gitops_lab.apiserver.verbs.normal import normal
from gitops_lab.apiserver.verbs.update import begin
from gitops_lab.apiserver.verbs.writing import check, check_precondition, store_changed
from gitops_lab.apiserver.views import view_for


async def finalize(api: Api, call: Call) -> Answer:
    """PUT: of the spec only finalizers are taken; a terminating namespace without any goes away.

    As in the genuine server nobody comes to own anything through this door.
    """
    view = view_for(call)
    asked = read_object(call)
    identity.settle_namespace(call, asked)
    identity.settle_name(call, asked)
    served = api.served(call.resource)
    write = await begin(api, call, served)
    if write.previous is None:
        raise status.not_found("", "namespaces", call.target.name)
    check_precondition(write, asked)
    old = served.whole(write.previous)
    new = normal(call.resource, asked)
    identity.keep(new, old)
    finalizers = (new.get("spec") or {}).get("finalizers") or []
    spec = {k: v for k, v in (old.get("spec") or {}).items() if k != "finalizers"}
    new["spec"] = {**spec, "finalizers": finalizers} if finalizers else spec
    new["status"] = old.get("status") or {}
    check(write, new)
    entry = await store_changed(write, new)
    return Answer(200, view.one(entry), view.content_type)

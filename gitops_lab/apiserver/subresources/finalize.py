"""namespaces/finalize: how the namespace controller says that nothing is left inside."""

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.verbs.decoding import read_object
from gitops_lab.apiserver.verbs.update import begin
from gitops_lab.apiserver.verbs.writing import check_precondition, store_changed, whole
from gitops_lab.apiserver.views import view_for


async def finalize(api: Api, call: Call) -> Answer:
    """PUT: only spec.finalizers are taken; a terminating namespace without any goes away."""
    view = view_for(call)
    asked = read_object(call)
    served = api.served(call.resource)
    write = await begin(api, call, served)
    if write.previous is None:
        raise status.not_found("", "namespaces", call.target.name)
    check_precondition(write, asked)
    new = whole(served, write.previous)
    finalizers = (asked.get("spec") or {}).get("finalizers") or []
    spec = {k: v for k, v in (new.get("spec") or {}).items() if k != "finalizers"}
    new["spec"] = {**spec, "finalizers": finalizers} if finalizers else spec
    entry = await store_changed(write, new)
    return Answer(200, view.one(entry), view.content_type)

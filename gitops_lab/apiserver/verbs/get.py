"""get: one object."""

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.verbs.revisions import wait_for_revision
from gitops_lab.apiserver.views import view_for


async def get(api: Api, call: Call) -> Answer:
    """The object in the form that was asked for. Raises StatusError 404."""
    view = view_for(call)
    await wait_for_revision(api, call)
    served = api.served(call.resource)
    entry = served.collection.get(call.target.namespace or "", call.target.name)
    if entry is None:
        raise status.not_found(call.resource.group, call.resource.plural, call.target.name)
    return Answer(200, view.one(entry), view.content_type)

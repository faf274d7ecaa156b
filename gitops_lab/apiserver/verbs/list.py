"""list: many objects, in pages when asked, at a revision when asked."""

import base64
from bisect import bisect_left
from collections.abc import Sequence

import orjson

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.selectors import parse_fields, parse_labels
from gitops_lab.apiserver.served import Api, Served
from gitops_lab.apiserver.store import Entry, Expired, order
from gitops_lab.apiserver.verbs.revisions import asked_revision, check_match, wait_for_revision
from gitops_lab.apiserver.views import ListMeta, view_for
from gitops_lab.apiserver.watch.interest import Interest

_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can "
    "start a new list without the continue parameter, or use the continue token in this response "
    "to retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list."
)


async def list_objects(api: Api, call: Call) -> Answer:
    """A list in the form that was asked for."""
    view = view_for(call)
    match = check_match(call)
    await wait_for_revision(api, call)
    served = api.served(call.resource)
    interest = interest_of(call, served)
    revision, start = api.store.revision, ""
    token = call.query.get("continue")
    if token:
        asked, start = read_token(call, token)
        revision = asked or revision
        entries = _entries_at(served, interest, revision, start)
    elif match == "Exact":
        revision = asked_revision(call) or revision
        entries = _entries_at(served, interest, revision, "")
    else:
        entries = served.collection.entries(interest.namespace)
    page, meta = _page(call, entries, interest, (revision, start))
    return Answer(200, view.many(page, meta), view.content_type)


def interest_of(call: Call, served: Served) -> Interest:
    """What a list, watch or deletecollection is restricted to. Raises StatusError 400."""
    fields = parse_fields(call.query.get("fieldSelector"), call.resource, served.selectable)
    name = call.target.name
    namespace = call.target.namespace if call.resource.namespaced else None
    if fields is not None:
        name = name or fields.required("metadata.name")
        namespace = namespace or fields.required("metadata.namespace") or None
        if all(clause[0] == "metadata.name" and clause[2] for clause in fields.clauses) and (
            len(fields.clauses) == 1
        ):
            fields = None
    labels = parse_labels(call.query.get("labelSelector"))
    return Interest(namespace, name, labels, fields, served.fields_of)


def matching(served: Served, interest: Interest) -> list[Entry]:
    """The stored objects of an interest, in order."""
    if interest.name and (interest.namespace is not None or not served.resource.namespaced):
        entry = served.collection.get(interest.namespace or "", interest.name)
        return [entry] if entry is not None and interest.covers(entry) else []
    return _matching(served.collection.entries(interest.namespace), interest)


def _matching(entries: Sequence[Entry], interest: Interest) -> list[Entry]:
    if not interest.selects and not interest.name:
        return list(entries)
    return [entry for entry in entries if interest.covers(entry)]


def _entries_at(served: Served, interest: Interest, revision: int, start: str) -> Sequence[Entry]:
    try:
        return served.collection.at(revision, interest.namespace)
    except Expired:
        error = status.StatusError(410, "Expired", _EXPIRED)
        if start:
            error.continue_ = _token(0, start)
        raise error from None


def _page(
    call: Call, entries: Sequence[Entry], interest: Interest, at: tuple[int, str]
) -> tuple[Sequence[Entry], ListMeta]:
    revision, start = at
    if start:
        entries = entries[bisect_left(entries, start, key=_position) :]
    limit = call.query.number("limit") or 0
    if limit <= 0:
        return _matching(entries, interest), ListMeta(revision)
    page: list[Entry] = []
    for index, entry in enumerate(entries):
        if not interest.covers(entry):
            continue
        if len(page) == limit:
            remaining = None if interest.selects else len(entries) - index
            following = _token(revision, _position(entry))
            return page, ListMeta(revision, following, remaining)
        page.append(entry)
    return page, ListMeta(revision)


def _position(entry: Entry) -> str:
    return order(entry.key.namespace, entry.key.name)


def _token(revision: int, start: str) -> str:
    raw = orjson.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": start})
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def read_token(call: Call, token: str) -> tuple[int, str]:
    """The revision (0: whatever is current) and first key of a continue token. StatusError 400."""
    if call.query.get("resourceVersion") not in ("", "0"):
        raise status.bad_request("specifying resource version is not allowed when using continue")
    try:
        content = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(content["rv"]), str(content["start"])
    except (ValueError, KeyError, TypeError):
        text = "invalid continue token: continue key is not valid"
        raise status.bad_request(text) from None

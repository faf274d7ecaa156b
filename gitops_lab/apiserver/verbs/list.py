"""list: many objects, in pages when asked, at a revision when asked."""

import base64
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

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


TOKEN_SECONDS = 300
"""How long the pages of a list can be had: as long as etcd keeps what is old."""


@dataclass(frozen=True)
class Place:
    """Where a page begins: its list's revision, the first key, when its list was begun."""

    revision: int
    start: str
    begun: int


async def list_objects(api: Api, call: Call) -> Answer:
    """A list in the form that was asked for."""
    view = view_for(call)
    match = check_match(call)
    await wait_for_revision(api, call)
    served = api.served(call.resource)
    interest = interest_of(call, served)
    place = Place(api.store.revision, "", int(time.time()))
    token = call.query.get("continue")
    if token:
        place = read_token(call, token, place)
        entries = _entries_at(served, interest, place)
    elif match == "Exact":
        place = replace(place, revision=asked_revision(call) or place.revision)
        entries = _entries_at(served, interest, place)
    else:
        entries = served.collection.entries(interest.namespace)
    page, meta = _page(call, entries, interest, place)
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


def _entries_at(served: Served, interest: Interest, place: Place) -> Sequence[Entry]:
    try:
        if place.start and time.time() - place.begun > TOKEN_SECONDS:
            raise Expired
        return served.collection.at(place.revision, interest.namespace)
    except Expired:
        error = status.StatusError(410, "Expired", _EXPIRED)
        if place.start:
            error.continue_ = _token(replace(place, revision=0))
        raise error from None


def _page(
    call: Call, entries: Sequence[Entry], interest: Interest, place: Place
) -> tuple[Sequence[Entry], ListMeta]:
    revision = place.revision
    if place.start:
        entries = entries[bisect_left(entries, place.start, key=_position) :]
    limit = call.query.number("limit") or 0
    if limit <= 0:
        return _matching(entries, interest), ListMeta(revision)
    page: list[Entry] = []
    for index, entry in enumerate(entries):
        if not interest.covers(entry):
            continue
        if len(page) == limit:
            remaining = None if interest.selects else len(entries) - index
            following = _token(replace(place, start=_position(entry)))
            return page, ListMeta(revision, following, remaining)
        page.append(entry)
    return page, ListMeta(revision)


def _position(entry: Entry) -> str:
    return order(entry.key.namespace, entry.key.name)


def _token(place: Place) -> str:
    content = {"v": "meta.k8s.io/v1", "rv": place.revision, "start": place.start}
    raw = orjson.dumps({**content, "begun": place.begun})
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def read_token(call: Call, token: str, now: Place) -> Place:
    """What a continue token says; without a revision it goes on in what there is `now`.

    Raises StatusError 400.
    """
    if call.query.get("resourceVersion") not in ("", "0"):
        raise status.bad_request("specifying resource version is not allowed when using continue")
    try:
        content = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        found = Place(int(content["rv"]), str(content["start"]), int(content.get("begun", 0)))
    except (ValueError, KeyError, TypeError, AttributeError):
        text = "invalid continue token: continue key is not valid"
        raise status.bad_request(text) from None
    return found if found.revision else replace(now, start=found.start)

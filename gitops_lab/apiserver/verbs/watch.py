"""watch: a stream of changes from a revision on."""

import random

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.store import Entry, Event, Expired
from gitops_lab.apiserver.verbs.list import interest_of, matching
from gitops_lab.apiserver.verbs.revisions import (
    asked_revision,
    invalid_option,
    not_a_version,
    wait_for_revision,
)
from gitops_lab.apiserver.views import view_for
from gitops_lab.apiserver.watch.watcher import Watcher, error_line

MIN_SECONDS, MAX_SECONDS = 1800, 3600


async def watch(api: Api, call: Call) -> Answer:
    """The stream; a revision that is too old ends it with an ERROR event, 410."""
    view = view_for(call)
    served = api.served(call.resource)
    interest = interest_of(call, served)
    bookmarks = call.query.flag("allowWatchBookmarks")
    with_initial = _sends_initial(call)
    if with_initial:
        await wait_for_revision(api, call)
    watcher = Watcher(served.collection, interest, view)
    revision = _revision(call)
    initial: list[Entry] = []
    missed: list[Event] = []
    if with_initial or not revision:
        initial = matching(served, interest) if with_initial is not False else []
    else:
        try:
            missed = served.collection.since(revision)
        except Expired:
            return _too_old(revision, served.collection.floor)
    watcher.begin(initial, missed)
    if with_initial and bookmarks:
        watcher.bookmark(api.store.revision, initial_end=True)
    if bookmarks:
        watcher.keep_bookmarked(lambda: api.store.revision)
    watcher.end_after(_seconds(call))
    return Answer(
        200,
        content_type=view.content_type,
        stream=watcher.lines(api.hub),
        on_begin=watcher.push_with,
        on_leave=watcher.close,
    )


def _revision(call: Call) -> int | None:
    try:
        return asked_revision(call)
    except status.StatusError:
        # The genuine server fails late here, and so without a reason.
        why = not_a_version(call.query.get("resourceVersion"))
        raise status.StatusError(500, "", why) from None


def _sends_initial(call: Call) -> bool | None:
    """sendInitialEvents, None when it is not said. Raises StatusError 422."""
    text = call.query.get("sendInitialEvents")
    match = call.query.get("resourceVersionMatch")
    if not text:
        if match:
            raise invalid_option(
                "FieldValueForbidden",
                "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents "
                "is provided",
            )
        return None
    if match != "NotOlderThan":
        raise invalid_option(
            "FieldValueForbidden",
            "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        )
    return call.query.flag("sendInitialEvents")


def _seconds(call: Call) -> float:
    asked = call.query.number("timeoutSeconds")
    if asked:
        return float(asked)
    # Spread, so that clients that came together do not come back together.
    return random.uniform(MIN_SECONDS, MAX_SECONDS)  # noqa: S311


def _too_old(revision: int, floor: int) -> Answer:
    error = status.expired(f"too old resource version: {revision} ({floor})")
    return Answer(200, error_line(error))

"""Parameters of paths and queries, in our own words; clients look at their names."""

from typing import Any

Parameter = dict[str, Any]


def _query(name: str, kind: str, description: str) -> Parameter:
    schema = {"type": kind, "uniqueItems": True}
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _path(name: str, description: str) -> Parameter:
    schema = {"type": "string", "uniqueItems": True}
    found = {"name": name, "in": "path", "description": description, "schema": schema}
    return {**found, "required": True}


NAMESPACE = _path("namespace", "namespace of the object")
PRETTY = _query("pretty", "string", "If 'true', the answer is indented.")
DRY_RUN = _query("dryRun", "string", "'All' runs every stage and stores nothing.")
MANAGER = _query("fieldManager", "string", "Who is writing; owner of the fields that are set.")
VALIDATION = _query(
    "fieldValidation",
    "string",
    "What becomes of unknown and duplicate fields: Ignore, Warn (the default) or Strict.",
)
FORCE = _query("force", "boolean", "Take over fields that others own. For apply patches only.")
LISTING = [
    _query("allowWatchBookmarks", "boolean", "Send BOOKMARK events in a watch."),
    _query("continue", "string", "Token of the next chunk, from the chunk before."),
    _query("fieldSelector", "string", "Only objects with these fields."),
    _query("labelSelector", "string", "Only objects with these labels."),
    _query("limit", "integer", "Most objects in one answer."),
    _query("resourceVersion", "string", "Version to read at, or to watch from."),
    _query("resourceVersionMatch", "string", "How resourceVersion applies to a list."),
    _query("sendInitialEvents", "boolean", "Begin a watch with all that is there."),
    _query("timeoutSeconds", "integer", "End the request after so many seconds."),
    _query("watch", "boolean", "Go on with changes as they happen."),
]
WRITING = [DRY_RUN, MANAGER, VALIDATION]
PATCHING = [DRY_RUN, MANAGER, VALIDATION, FORCE]
DELETING = [
    DRY_RUN,
    _query("gracePeriodSeconds", "integer", "Seconds until the object is deleted."),
    _query("orphanDependents", "boolean", "Deprecated: see propagationPolicy."),
    _query("propagationPolicy", "string", "Orphan, Background or Foreground."),
]


def name_of(kind: str) -> Parameter:
    """The name in the path of a single object."""
    return _path("name", f"name of the {kind}")

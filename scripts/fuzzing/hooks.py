"""Told to schemathesis: no watches, which go on, and nothing that waits for a version to come."""

from typing import Any

import schemathesis

_LEFT_OUT = ("watch", "sendInitialEvents", "timeoutSeconds", "resourceVersion")


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """The query without them."""
    if not isinstance(query, dict):
        return query
    return {key: value for key, value in query.items() if key not in _LEFT_OUT}

"""Told to schemathesis: no watches, which go on, nothing that waits for a version to come, and
which answers are a server's error."""

from typing import Any

import schemathesis

_LEFT_OUT = ("watch", "sendInitialEvents", "timeoutSeconds", "resourceVersion")


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """The query without them."""
    if not isinstance(query, dict):
        return query
    return {key: value for key, value in query.items() if key not in _LEFT_OUT}


@schemathesis.check
def answered(context: Any, response: Any, case: Any) -> None:
    """No 5xx, but where the genuine server says the same, or what is not implemented is called so.

    The genuine server takes a version that comes with a new object for an error of its own.
    """
    if response.status_code < 500 or response.status_code == 501:
        return
    known = "resourceVersion should not be set on objects to be created"
    assert known in response.text, f"[{response.status_code}] {response.text[:500]}"

"""The chain of a running workspace as its engine tells it: each step when it is done."""

import base64
import http.client
import json
from collections.abc import Iterator
from typing import Any

from gitops_lab.asgi.basic import USER
from gitops_lab.errors import WorkspaceError

PATH = "/chain"
"""Of the Git server, to who has the workspace's token."""
_SECONDS = 20.0


def follow(port: int, token: str) -> Iterator[dict[str, Any]]:
    """Each step from now on, as `ChainEvent.to_json` has it; ends when the engine ends.

    The first answer is {}: from here on nothing is missed. Raises WorkspaceError where there is no
    engine.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    who = base64.b64encode(f"{USER}:{token}".encode()).decode()
    try:
        connection.request("GET", PATH, headers={"Authorization": f"Basic {who}"})
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise _silent(f"it answers {answer.status} {answer.reason}")
        if connection.sock is not None:
            connection.sock.settimeout(None)
        yield {}
        while line := answer.readline():
            yield json.loads(line)
    except (OSError, http.client.HTTPException) as error:
        raise _silent(str(error) or type(error).__name__) from error
    finally:
        connection.close()


def _silent(why: str) -> WorkspaceError:
    return WorkspaceError(
        f"the engine does not tell what it does: {why}.",
        reason="EngineSilent",
        hint="See `gitops-lab status`; `gitops-lab stop` and `start` bring it up anew.",
    )

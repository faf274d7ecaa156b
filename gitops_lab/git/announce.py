"""Telling a running Git server, from another process, that refs were moved without a push."""

import base64
from urllib.parse import urlsplit

from gitops_lab.asgi.basic import USER
from gitops_lab.git.errors import GitError

_SECONDS = 10.0


def announce(clone_url: str, token: str) -> None:
    """Say so for the repository at `clone_url`. Raises GitError when there is no answer."""
    import http.client  # late: it takes 30 ms

    address = urlsplit(clone_url)
    credentials = base64.b64encode(f"{USER}:{token}".encode()).decode()
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port or 80, timeout=_SECONDS
    )
    try:
        connection.request(
            "POST",
            f"{address.path}/announce",
            headers={"Authorization": f"Basic {credentials}", "Content-Length": "0"},
        )
        status = connection.getresponse().status
    except OSError as error:
        raise GitError(
            f"no answer from the Git server at {clone_url}: {error}.",
            reason="ServerUnreachable",
            hint="The engine compares refs when the workspace is started again.",
        ) from error
    finally:
        connection.close()
    if status != 200:
        raise GitError(f"the Git server answered {status} for {clone_url}.")

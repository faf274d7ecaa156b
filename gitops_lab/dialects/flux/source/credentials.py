"""Whether the credentials of a source's Secret open the workspace's Git server.

The controller reads the repositories without it, and asks no one who names no Secret. One that is
named is tried, so that a wrong password is told here as at work.
"""

import base64
import urllib.error
import urllib.request
from collections.abc import Mapping

from gitops_lab.dialects.flux.source.refs import CheckoutFailed

_SECONDS = 5.0
_REFUSED = 401


def try_credentials(clone_url: str, url: str, secret: Mapping[str, str]) -> None:
    """Ask the server for the refs; `url` is what the message names. Raises CheckoutFailed.

    `secret` is a Secret's data. A server that does not answer is no reason to fail.
    """
    user, password = (_plain(secret.get(name, "")) for name in ("username", "password"))
    request = urllib.request.Request(f"{clone_url}/info/refs?service=git-upload-pack")  # noqa: S310
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    request.add_header("Authorization", f"Basic {token}")
    try:
        urllib.request.urlopen(request, timeout=_SECONDS).close()  # noqa: S310 - our own address
    except urllib.error.HTTPError as error:
        with error:
            if error.code == _REFUSED:
                said = error.read().decode("utf-8", "replace")
                told = f"unable to clone '{url}': authentication required: {said}"
                raise CheckoutFailed(told) from error
    except OSError:
        return


def _plain(value: str) -> str:
    return base64.b64decode(value).decode("utf-8", "replace")

"""The addresses of a workspace's live page and webhook, and the secrets in them.

They are derived from the workspace's token, so that the token itself is in no browser's history.
Everything lies below a path of the workspace's own: a browser sends a cookie to every port of a
machine, but only below the path that it was set for.
"""

import hashlib
import hmac

WEBHOOK = "/webhook"
"""The path of the webhook, on the Git server's port."""


def secret_of(token: str, purpose: str) -> str:
    """A secret for one purpose, which tells nothing of the token."""
    message = f"gitops-lab page {purpose}".encode()
    return hmac.new(token.encode(), message, hashlib.sha256).hexdigest()[:40]


def page_path(token: str) -> str:
    """The path below which the page lies, such as `/w-1a2b3c4d5e6f`."""
    return f"/w-{secret_of(token, 'path')[:12]}"


def webhook_secret(token: str) -> str:
    """What calls of the webhook are signed with."""
    return secret_of(token, "webhook")


def page_link(token: str, port: int, page: str = "") -> str:
    """What to open in a browser; it is changed for a cookie at once."""
    return f"http://127.0.0.1:{port}{page_path(token)}/{page}?key={secret_of(token, 'key')}"

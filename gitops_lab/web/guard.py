"""Who may see the page: whoever opened the link that only the workspace's owner can make.

The link carries a key that is derived from the workspace's token, never the token itself. It is
changed for a cookie (HttpOnly, SameSite=Strict) and gone from the address bar. Everything lies
below a path of the workspace's own, so that the browser doesn't hand the cookie to other programs
that listen on the same machine.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gitops_lab.workspace.page import page_path, secret_of

COOKIE = "gitops_lab_page"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Guard:
    """Knows the workspace's token."""

    token: str

    @property
    def base(self) -> str:
        """The path below which all lies, such as `/w-1a2b3c4d5e6f`."""
        return page_path(self.token)

    @property
    def cookie(self) -> str:
        """What the browser keeps."""
        return secret_of(self.token, "cookie")

    @property
    def form(self) -> str:
        """What stands in each form: another site can't read it, so can't post it."""
        return secret_of(self.token, "form")

    def is_key(self, given: str) -> bool:
        """Whether a link is ours."""
        return _same(given, secret_of(self.token, "key"))

    def knows(self, cookie: str) -> bool:
        """Whether the cookie is ours."""
        return _same(cookie, self.cookie)

    def may_post(self, headers: Mapping[str, str], form: str) -> bool:
        """Whether a form was sent from our own page."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None:
            ours = origin == f"http://{headers.get('host', '')}"
        else:
            ours = site in (None, "same-origin")
        return ours and _same(form, self.form)


def is_local(host: str) -> bool:
    """Whether a Host header names this machine: else a foreign name was pointed here."""
    return urlsplit(f"//{host}").hostname in ("127.0.0.1", "localhost")


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())

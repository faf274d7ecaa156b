"""What a Git host tells of a push, and whether it is to be believed. Pure.

Three forms, told apart by their headers, which are given in lower case:

- GitHub, Gitea, Forgejo: `X-Hub-Signature-256: sha256=HEX`, an HMAC of the body
  (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries)
- GitLab: the secret itself in `X-Gitlab-Token`
  (https://docs.gitlab.com/user/project/integrations/webhooks/)
- anybody else: `X-Signature: sha256=HEX` (or sha512), an HMAC of the body, and a body with
  `repository` and `ref`, of which each may be left out
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.git.errors import GitError

_ALGORITHMS = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
_EVENTS = (b"x-github-event", b"x-gitlab-event")
_PUSHES = ("push", "create", "delete", "push hook", "tag push hook")


class WebhookRefused(GitError):
    """A call that can't be believed, or can't be read; `status` is the HTTP answer."""

    default_reason = "WebhookRefused"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Told:
    """A push that somebody tells of; "" is any repository, or any ref of it."""

    repo: str = ""
    ref: str = ""


def read_webhook(headers: Mapping[bytes, bytes], body: bytes, secret: str) -> Told | None:
    """What a call tells; None when that is no push, such as the ping of a new webhook.

    Raises WebhookRefused: 401 when it is not signed with the secret, 400 when it can't be read.
    """
    if not _is_signed(headers, body, secret):
        raise WebhookRefused(401, "the call is not signed with this workspace's webhook secret.")
    event = next(
        (headers[name].decode("latin-1").lower() for name in _EVENTS if name in headers), ""
    )
    if event and event not in _PUSHES:
        return None
    try:
        content = json.loads(body or b"{}")
    except ValueError as error:
        raise WebhookRefused(400, f"the body is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise WebhookRefused(400, "the body is JSON, but no object.")
    repo = next(_repositories(content), "")
    if event and not repo:
        raise WebhookRefused(400, "the body names no repository.")
    return Told(repo, _full(content))


def _is_signed(headers: Mapping[bytes, bytes], body: bytes, secret: str) -> bool:
    """One right signature is asked for; the first form that is there decides."""
    for name in (b"x-hub-signature-256", b"x-signature"):
        if name in headers:
            return _is_hmac(headers[name], body, secret)
    given = headers.get(b"x-gitlab-token", b"")
    return bool(given) and hmac.compare_digest(given, secret.encode())


def _is_hmac(signature: bytes, body: bytes, secret: str) -> bool:
    name, _, given = signature.partition(b"=")
    algorithm = _ALGORITHMS.get(name.decode("latin-1"))
    if algorithm is None:
        return False
    wanted = hmac.new(secret.encode(), body, algorithm).hexdigest().encode()
    return hmac.compare_digest(given.strip().lower(), wanted)


def _repositories(content: Mapping[str, Any]) -> Iterator[str]:
    """The repository's name, wherever a host writes it: the last part of a path."""
    named, project = content.get("repository"), content.get("project")
    candidates: list[Any] = [named]
    if isinstance(project, dict):
        candidates += [project.get("path_with_namespace"), project.get("name")]
    if isinstance(named, dict):
        candidates += [named.get("name"), named.get("full_name")]
    for one in candidates:
        if isinstance(one, str) and one:
            yield one.rstrip("/").rpartition("/")[2].removesuffix(".git")


def _full(content: Mapping[str, Any]) -> str:
    """The ref in full; GitHub's `create` and `delete` give its last part and its type."""
    ref = content.get("ref")
    if not isinstance(ref, str) or not ref or ref.startswith("refs/"):
        return ref if isinstance(ref, str) else ""
    return f"refs/{'tags' if content.get('ref_type') == 'tag' else 'heads'}/{ref}"

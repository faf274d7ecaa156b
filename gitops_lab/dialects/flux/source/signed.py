"""Whether a commit is signed as a GitRepository asks."""

import base64

from gitops_lab.dialects.flux.draft import Draft
from gitops_lab.dialects.flux.part import Context
from gitops_lab.dialects.flux.source.outcome import SUCCEEDED, VERIFIED, SourceFailed, unsupported
from gitops_lab.dialects.flux.source.refs import Checkout
from gitops_lab.engine.errors import SourceError
from gitops_lab.engine.signatures import verify
from gitops_lab.kube.errors import ApiError


def check_signature(context: Context, draft: Draft, found: Checkout) -> None:
    """Set SourceVerified, or take it away when nothing is asked for. Raises SourceFailed."""
    asked = draft.spec.get("verify")
    if not asked:
        draft.unmark(VERIFIED)
        draft.status.pop("sourceVerificationMode", None)
        return
    mode = str(asked.get("mode") or "HEAD")
    if mode.lower() != "head":
        raise unsupported("spec.verify.mode", f"{mode!r}; the signature of a commit is: HEAD.")
    keys = _keys(context, draft, asked["secretRef"]["name"])
    repo = context.world.repo_of(str(draft.spec.get("url"))) or ""
    by_ssh = all(key.lstrip().startswith(("ssh-", "ecdsa-", "sk-")) for key in keys)
    try:
        path = context.world.repositories.path(repo)
        verify(path, found.sha, "ssh" if by_ssh else "gpg", keys)
    except SourceError as error:
        told = f"signature verification of commit '{found.sha}' failed: {error.message}"
        raise SourceFailed("InvalidCommitSignature", told, condition=VERIFIED) from error
    draft.status["sourceVerificationMode"] = mode
    draft.mark(VERIFIED, "True", SUCCEEDED, f"verified signature of\n\t- commit '{found.sha}'")


def _keys(context: Context, draft: Draft, secret: str) -> tuple[str, ...]:
    try:
        data = context.client.get("v1", "Secret", secret, draft.namespace).get("data") or {}
    except ApiError as error:
        told = f"PGP public keys secret error: {error.message}"
        raise SourceFailed("VerificationError", told, condition=VERIFIED) from error
    return tuple(base64.b64decode(one).decode("utf-8", "replace") for one in data.values())

"""The names that the OCI distribution specification allows, and references to images."""

import re
from dataclasses import dataclass

from gitops_lab.registry.errors import DigestInvalid, NameInvalid

NAME = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
TAG = r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}"
DIGEST = r"sha256:[0-9a-f]{64}"
_NAME, _TAG, _DIGEST = (re.compile(rf"(?:{one})\Z") for one in (NAME, TAG, DIGEST))
_LONGEST = 255


def check_name(name: str) -> str:
    """The name. Raises NameInvalid."""
    if len(name) > _LONGEST or not _NAME.match(name):
        raise NameInvalid(
            f"{name[:80]!r} is no name of a repository.",
            hint="Use lower-case letters, digits, dots, dashes and slashes: team/app.",
        )
    return name


def check_tag(tag: str) -> str:
    """The tag. Raises NameInvalid."""
    if not _TAG.match(tag):
        raise NameInvalid(f"{tag[:80]!r} is no tag.", hint="Use letters, digits, dots, dashes.")
    return tag


def is_digest(reference: str) -> bool:
    """Whether a reference is a digest and no tag."""
    return bool(_DIGEST.match(reference))


def check_digest(digest: str) -> str:
    """The digest. Raises DigestInvalid."""
    if not _DIGEST.match(digest):
        raise DigestInvalid(
            f"{digest[:80]!r} is no digest that is kept here.", hint="Use sha256:HEX."
        )
    return digest


@dataclass(frozen=True)
class Reference:
    """`host/path:tag@digest`; `host` is "" where the reference names none, as `gitops-lab/web`."""

    host: str
    path: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read a reference, with or without `oci://`. Raises NameInvalid."""
        rest, _, digest = text.removeprefix("oci://").partition("@")
        head, slash, tail = rest.partition("/")
        has_host = bool(slash) and (any(mark in head for mark in ".:") or head == "localhost")
        host, path = (head, tail) if has_host else ("", rest)
        path, _, tag = path.partition(":")
        check_name(path)
        if tag:
            check_tag(tag)
        return cls(host, path, tag, digest)

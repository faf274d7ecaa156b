"""Which names of repositories, refs and paths we take. Everything else never reaches a file."""

import re
import unicodedata

from gitops_lab.git.errors import GitError, UnsafePath

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_REF_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|\Z)|\A[./-]|[./]\Z")
_FULL_SHA = re.compile(r"[0-9a-f]{40}\Z")
_UNWRITABLE = ("Cc", "Cs")
"""Control characters, and bytes that are not UTF-8 (which decode to surrogates)."""
_SHORT_SHA = re.compile(r"[0-9a-f]{4,40}\Z")


def is_repository_name(name: str) -> bool:
    """Letters, digits, dots, dashes and underscores; no folder, no `..`, no `.git` at the end."""
    return bool(_REPOSITORY.match(name)) and ".." not in name and not name.endswith((".git", "."))


def check_repository_name(name: str) -> str:
    """The name itself. Raises GitError("InvalidName")."""
    if not is_repository_name(name):
        raise GitError(
            f"{name!r} is not a name for a repository.",
            reason="InvalidName",
            hint="Use letters, digits, dots, dashes and underscores.",
        )
    return name


def is_ref_name(name: str) -> bool:
    """What `git check-ref-format --allow-onelevel` takes."""
    return bool(name) and name != "@" and not _REF_FORBIDDEN.search(name)


def is_full_sha(text: str) -> bool:
    """Forty lower-case hexadecimal digits."""
    return bool(_FULL_SHA.match(text))


def is_short_sha(text: str) -> bool:
    """At least four hexadecimal digits, as git wants."""
    return bool(_SHORT_SHA.match(text))


def path_parts(path: str) -> tuple[str, ...]:
    """The names of a path inside a repository; () is its root. Raises UnsafePath."""
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if path.startswith("/") or not all(is_safe_part(part) for part in parts):
        raise UnsafePath(
            f"the path {path!r} leaves the repository or names git's own folder.",
            hint="Paths are relative to the repository's root.",
        )
    return parts


def is_safe_part(name: str) -> bool:
    """Whether one name of a path can be written into a folder as it is."""
    return (
        name not in ("", ".", "..")
        and name.lower() != ".git"
        and not any(c in "/\\" or unicodedata.category(c) in _UNWRITABLE for c in name)
    )

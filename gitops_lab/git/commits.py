"""A commit as a value, read from git's own text of it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from gitops_lab.git.errors import GitError

_YEAR_9999 = 253_402_300_799


@dataclass(frozen=True)
class Author:
    """Who wrote a commit."""

    name: str = "GitOps Lab"
    email: str = "lab@gitops-lab.dev"

    def line(self, when: int) -> str:
        """As git writes it: `Name <email> seconds +0000`."""
        name, email = (_without_brackets(part) for part in (self.name, self.email))
        return f"{name} <{email}> {when} +0000"


LAB_AUTHOR = Author()


@dataclass(frozen=True)
class Commit:
    """A commit; `date` is when it was authored, in UTC, as `2026-01-31T09:30:00Z`."""

    sha: str
    author: str
    email: str
    date: str
    subject: str

    @property
    def short(self) -> str:
        """Seven digits, as git shows it."""
        return self.sha[:7]


def parse_commit(sha: str, text: bytes) -> tuple[Commit, str]:
    """The commit and the sha of its tree."""
    head, _, message = text.decode("utf-8", "replace").partition("\n\n")
    fields: dict[str, str] = {}
    for line in head.split("\n"):
        key, _, value = line.partition(" ")
        fields.setdefault(key, value)
    if "tree" not in fields:
        raise GitError(f"the commit {sha} names no tree.")
    who, _, when = fields.get("author", " <> 0 +0000").rpartition("> ")
    name, _, email = who.partition(" <")
    subject = message.lstrip("\n").partition("\n")[0].strip()
    return Commit(sha, name.strip(), email, _iso(when), subject), fields["tree"]


def lineage(text: bytes) -> tuple[int, list[str]]:
    """When a commit was committed, in seconds since 1970, and the shas of its parents."""
    head = text.partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")
    parents = [line[7:] for line in head if line.startswith("parent ")]
    committer = next((line for line in head if line.startswith("committer ")), "")
    when = committer.rpartition("> ")[2].split(" ")[0]
    return int(when) if when.isdecimal() else 0, parents


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())


def _iso(when: str) -> str:
    seconds = when.split(" ", 1)[0]
    known = int(seconds) if seconds.isdecimal() else 0
    moment = datetime.fromtimestamp(min(known, _YEAR_9999), UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _without_brackets(text: str) -> str:
    return "".join(character for character in text if character not in "<>\n\r\0").strip()

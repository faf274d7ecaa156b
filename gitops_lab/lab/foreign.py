"""Labs of others, from a Git URL: cloned into the home and brought up to date.

`git+https://host/path.git#folder@revision`: folder and revision may be left out.
"""

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.errors import UsageError
from gitops_lab.git.errors import CommandFailed
from gitops_lab.git.process import learner_environment, run
from gitops_lab.lab import template

PREFIX = "git+"
_SHAPE = re.compile(r"git\+(?P<url>[^#]+)(?:#(?P<folder>[^@#]*)(?:@(?P<revision>[-\w./]+))?)?")
_SCHEMES = ("https://", "http://", "ssh://", "file://")


@dataclass(frozen=True)
class Fetched:
    """A lab's folder, and the commit that it is of."""

    folder: Path
    url: str
    commit: str


def fetch(address: str, home: Path) -> Fetched:
    """Clone or update what an address names. Raises `UsageError`."""
    shape = _SHAPE.fullmatch(address)
    if not shape or not shape["url"].startswith(_SCHEMES):
        raise UsageError(
            f"{address} is not the address of a lab.",
            reason="InvalidAddress",
            hint="Write git+https://host/path.git, and #folder where the lab is not at the top.",
        )
    folder = shape["folder"] or "."
    if folder != "." and not template.inside(folder):
        raise UsageError(f"{folder} leaves the repository.", reason="InvalidAddress")
    clone = home / "labs" / _digest(shape["url"]) / _name(shape["url"])
    _update(clone, shape["url"], shape["revision"] or "HEAD")
    commit = _git(clone, "rev-parse", "HEAD").strip()
    return Fetched((clone / folder).resolve(), shape["url"], commit)


def agreed(fetched: Fetched, home: Path) -> bool:
    """Whether this very commit was agreed to before."""
    file = _agreement(fetched, home)
    return file.is_file() and file.read_text().strip() == fetched.commit


def agree(fetched: Fetched, home: Path) -> None:
    """Remember that this commit may run."""
    file = _agreement(fetched, home)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{fetched.commit}\n")


def _agreement(fetched: Fetched, home: Path) -> Path:
    return home / "labs" / _digest(fetched.url) / "agreed"


def _update(clone: Path, url: str, revision: str) -> None:
    try:
        if not (clone / ".git").is_dir():
            shutil.rmtree(clone, ignore_errors=True)
            clone.mkdir(parents=True)
            _git(clone, "init", "-q")
        _git(clone, "fetch", "-q", "--depth=1", "--", url, revision)
        _git(clone, "checkout", "-q", "--force", "--detach", "FETCH_HEAD")
        _git(clone, "clean", "-q", "-d", "-x", "--force")
    except CommandFailed as error:
        raise UsageError(
            f"the lab can't be fetched from {url}: {error.message}",
            reason="NotFetched",
            hint="Try `git ls-remote` with the address: it has to answer without a question.",
        ) from error


def _git(clone: Path, *arguments: str) -> str:
    settings = ("-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")
    environment = {**learner_environment(), "GIT_TERMINAL_PROMPT": "0"}
    return run((*settings, *arguments), cwd=clone, env=environment).decode(errors="replace")


def _name(url: str) -> str:
    """The name of a lab at the top of its repository, and so of the folder."""
    plain = re.sub(r"[^a-z0-9]+", "-", url.rpartition("/")[2].removesuffix(".git").lower())
    return plain.strip("-") or "lab"


def _digest(url: str) -> str:
    """Keeps repositories of the same name apart."""
    return hashlib.sha256(url.encode()).hexdigest()[:12]

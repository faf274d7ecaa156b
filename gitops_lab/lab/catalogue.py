"""Catalogues: repositories of labs by others, installed from a Git URL and brought up to date.

What was agreed to is copied and stays as it is: an update lies beside it until somebody agrees to
it, too. A lab of a catalogue is called `CATALOGUE/LAB`.
"""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from gitops_lab.errors import UsageError
from gitops_lab.lab import foreign
from gitops_lab.lab.foreign import Fetched
from gitops_lab.lab.load import FILE, name_of

FOLDER = "catalogues"
_RECORD = "catalogue.json"
_NAME = re.compile(r"[a-z0-9][-a-z0-9]{0,39}")
_DEPTH = 3


@dataclass(frozen=True)
class Catalogue:
    """An installed catalogue. `folder` holds the files of `commit`, which was agreed to."""

    name: str
    address: str
    commit: str
    folder: Path

    @property
    def labs(self) -> dict[str, Path]:
        """The folders of its labs by name."""
        return labs_in(self.folder)


@dataclass(frozen=True)
class Offer:
    """What an address has now. `files` are those that would run: checks, and what labs start."""

    address: str
    fetched: Fetched
    labs: dict[str, Path]

    @property
    def files(self) -> list[str]:
        """Every file of a lab that can run something, relative to the catalogue."""
        root = self.fetched.folder
        found = (p for lab in self.labs.values() for p in (*lab.glob("checks/*.py"), lab / FILE))
        return sorted(path.relative_to(root).as_posix() for path in found)


def offer(address: str, home: Path) -> Offer:
    """Fetch what an address has. Raises `UsageError`, also when no lab is in it."""
    fetched = foreign.fetch(address, home)
    labs = labs_in(fetched.folder)
    if not labs:
        raise UsageError(
            f"{fetched.url} holds no lab.",
            reason="NoLabs",
            hint=f"A lab is a folder with a {FILE}; name the folder behind #, if it lies deep.",
        )
    return Offer(address, fetched, labs)


def install(offered: Offer, name: str, home: Path) -> Catalogue:
    """Keep a copy of what was agreed to. Raises `UsageError` for an odd name."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a catalogue can't be called {name!r}.",
            reason="InvalidName",
            hint="Use small letters, digits and dashes: --name OURS.",
        )
    root, commit = home / FOLDER / name, offered.fetched.commit
    folder = root / commit[:12]
    if not folder.is_dir():
        making = root / f".{commit[:12]}"
        shutil.rmtree(making, ignore_errors=True)
        shutil.copytree(offered.fetched.folder, making, ignore=shutil.ignore_patterns(".git"))
        making.rename(folder)
    made = Catalogue(name, offered.address, commit, folder)
    (root / _RECORD).write_text(json.dumps({**asdict(made), "folder": folder.name}) + "\n")
    return made


def catalogues(home: Path) -> list[Catalogue]:
    """All that are installed, by name."""
    return [_read(file) for file in sorted((home / FOLDER).glob(f"*/{_RECORD}"))]


def installed(name: str, home: Path) -> Catalogue:
    """The catalogue of that name. Raises `UsageError`."""
    file = home / FOLDER / name / _RECORD
    if _NAME.fullmatch(name) and file.is_file():
        return _read(file)
    known = ", ".join(each.name for each in catalogues(home)) or "none"
    raise UsageError(
        f"there is no catalogue called {name!r}.",
        reason="NoSuchCatalogue",
        hint=f"Installed: {known}. `gitops-lab catalog add git+URL` installs one.",
    )


def remove(name: str, home: Path) -> Catalogue:
    """Forget a catalogue and delete its files; workspaces of its labs are left alone."""
    found = installed(name, home)
    shutil.rmtree(home / FOLDER / name)
    return found


def folder_of(name: str, home: Path) -> Path | None:
    """The folder of `CATALOGUE/LAB`; None when that names no installed catalogue."""
    catalogue, _, lab = name.partition("/")
    file = home / FOLDER / catalogue / _RECORD
    if not (lab and _NAME.fullmatch(catalogue) and file.is_file()):
        return None
    labs = _read(file).labs
    if lab not in labs:
        raise UsageError(
            f"the catalogue {catalogue} has no lab called {lab}.",
            reason="NoSuchLab",
            hint=f"It has: {', '.join(labs)}.",
        )
    return labs[lab]


def labs_in(folder: Path) -> dict[str, Path]:
    """The labs in a folder: itself, or those some folders below."""
    return {name_of(lab): lab for lab in sorted(_labs(folder, _DEPTH))}


def _labs(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / FILE).is_file():
        yield folder
    elif depth:
        for below in folder.iterdir():
            if below.is_dir() and not below.is_symlink() and not below.name.startswith("."):
                yield from _labs(below, depth - 1)


def _read(file: Path) -> Catalogue:
    data = json.loads(file.read_text())
    return Catalogue(data["name"], data["address"], data["commit"], file.parent / data["folder"])

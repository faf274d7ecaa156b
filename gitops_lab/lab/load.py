"""Labs by name or folder: those of the course, and anyone's.

The course's labs stand in `labs/` of a checkout, and inside the installed package otherwise.
"""

import contextlib
import hashlib
import re
from pathlib import Path

import gitops_lab
from gitops_lab.errors import UsageError
from gitops_lab.lab.model import Lab
from gitops_lab.lab.problems import InvalidLab
from gitops_lab.lab.shapes import meant
from gitops_lab.lab.validate import examine, trusted

FILE = "lab.yaml"
_NUMBER = re.compile(r"\d+-")


class NoSuchLab(UsageError):
    """There is no lab of that name, or no lab in that folder."""

    default_reason = "NoSuchLab"


def load(folder: Path, *, known: Path | None = None) -> Lab:
    """The lab in a folder. Raises `InvalidLab` with all its problems, or `NoSuchLab`.

    `known` is a file that remembers the folder as it was when it was last found valid. While no
    file of the lab has changed since, it isn't examined again, which takes most of the time.
    """
    if not (folder / FILE).is_file():
        raise NoSuchLab(f"There is no {FILE} in {folder}.", hint="Name a folder that holds a lab.")
    if known and known.is_file() and known.read_text() == _state(folder):
        return trusted(folder, name_of(folder))
    examined = examine(folder, name_of(folder))
    if examined.lab is None or examined.problems:
        raise InvalidLab(name_of(folder), examined.problems)
    if known:
        with contextlib.suppress(OSError):  # then it is examined again next time
            known.parent.mkdir(parents=True, exist_ok=True)
            known.write_text(_state(folder))
    return examined.lab


def _state(folder: Path) -> str:
    """Changes with the files of a lab, and with the release that examined them."""
    digest = hashlib.sha256(gitops_lab.__version__.encode())
    for path in sorted(folder.rglob("*")):
        if "__pycache__" not in path.parts:
            stat = path.lstat()
            told = (path.relative_to(folder).as_posix(), stat.st_size, stat.st_mtime_ns)
            digest.update(repr(told if path.is_file() else told[:1]).encode())
    return digest.hexdigest()


def find(name: str) -> Lab:
    """The lab of a name (`first-sync`) or in a folder (`./my-lab`). Raises as `load`."""
    if "/" in name or name in (".", ".."):
        return load(Path(name).expanduser().resolve())
    folders = {name_of(folder): folder for folder in bundled_folders()}
    if name not in folders:
        close = meant(name, tuple(folders)).strip(";. ").replace("did", "Did")
        raise NoSuchLab(
            f"There is no lab called {name}.",
            hint=close or f"`gitops-lab list` shows them: {', '.join(folders)}.",
        )
    return load(folders[name])


def bundled(known: Path | None = None) -> list[Lab]:
    """The course's labs in order. Raises `InvalidLab` for the first that is not valid.

    `known` is a folder for what `load` remembers of each.
    """
    folders = bundled_folders()
    return [load(f, known=known / name_of(f) if known else None) for f in folders]


def bundled_folders() -> list[Path]:
    """The folders of the course's labs in order."""
    root = bundled_root()
    return sorted(folder for folder in root.iterdir() if (folder / FILE).is_file())


def bundled_root() -> Path:
    """Where the course's labs stand: in the installed package, or beside it in a checkout."""
    package = Path(gitops_lab.__file__).parent
    installed = package / "bundled_labs"
    return installed if installed.is_dir() else package.parent / "labs"


def name_of(folder: Path) -> str:
    """The name of a lab on the command line: `01-first-sync` is `first-sync`."""
    return _NUMBER.sub("", folder.name, count=1) or folder.name

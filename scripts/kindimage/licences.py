"""The licences of what is inside: each Go module in a program, with its version."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from scripts.kindimage.common import run

_NAMES = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|PATENTS)([.-].*)?", re.IGNORECASE)
_DEPENDENCY = re.compile(r"^\s+(?:dep|=>)\t(\S+)\t(v\S+)", re.MULTILINE)


def of_programs(programs: Iterable[Path], go: str) -> dict[str, Path]:
    """Licence files by the name that they get in the image."""
    modules: set[tuple[str, str]] = set()
    for program in programs:
        modules |= set(_DEPENDENCY.findall(run([go, "version", "-m", program], capture=True)))
    store = Path(run([go, "env", "GOMODCACHE"], folder=Path("/"), capture=True).strip())
    found = {}
    for path, version in sorted(modules):
        folder = store / f"{_escaped(path)}@{_escaped(version)}"
        for name in os.listdir(folder) if folder.is_dir() else ():
            if _NAMES.fullmatch(name) and (folder / name).is_file():
                found[f"LICENSES/go/{path}@{version}/{name}"] = folder / name
    return found


def _escaped(path: str) -> str:
    """Go's file names for capital letters."""
    return re.sub("[A-Z]", lambda letter: f"!{letter.group().lower()}", path)

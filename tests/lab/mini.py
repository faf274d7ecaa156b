"""The five tiny labs, and copies of them to spoil."""

import shutil
from pathlib import Path

from gitops_lab.lab import InvalidLab, Problem, load

COURSE = Path(__file__).parent.parent / "course_mini"


def copy_of(name: str, into: Path) -> Path:
    """A copy of a tiny lab, by its folder's name."""
    return Path(shutil.copytree(COURSE / name, into / name))


def problems_of(folder: Path) -> list[Problem]:
    """All problems of a lab; none when it is valid."""
    try:
        load(folder)
    except InvalidLab as error:
        return list(error.problems)
    return []


def replaced(folder: Path, file: str, old: str, new: str) -> None:
    """Replace a text in a file that has to be there."""
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

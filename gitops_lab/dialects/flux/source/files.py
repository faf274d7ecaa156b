"""From a commit to the files of an artifact: sparse checkout, included repositories, what is left
out.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from gitops_lab.engine.ignore import FILE as IGNORE_FILE
from gitops_lab.engine.ignore import Ignore

ALWAYS_OUT = (
    *(".git/", ".gitignore", ".gitmodules", ".gitattributes"),
    *("*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip"),
    *(".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml"),
    *("cloudbuild.yaml", "codeship-services.yml", "codeship-steps.yml"),
    *("**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml"),
)
"""What source-controller leaves out of an artifact unless a pattern brings it back."""


class FilesFailed(Exception):
    """The files can't be put together; in Flux's words."""


def keep_only(folder: Path, directories: Sequence[str]) -> None:
    """A sparse checkout: of the folder only what is in these directories stays.

    Files beside them go, also those at the top. Raises FilesFailed.
    """
    wanted = [_inside(folder, one.removeprefix("./")) for one in directories]
    for one, path in zip(directories, wanted, strict=True):
        if not os.path.lexists(path):
            raise FilesFailed(
                f"failed to sparse checkout directories : sparse checkout dir '{one}' does not "
                f"exist in repository: lstat {path}: no such file or directory"
            )
    for current, folders, names in os.walk(folder, topdown=False):
        for path in (Path(current, name) for name in names):
            if not any(one == path or one in path.parents for one in wanted):
                path.unlink()
        for path in (Path(current, name) for name in folders):
            if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
                path.rmdir()


def include(folder: Path, other: Path, from_path: str, to_path: str) -> None:
    """Copy a folder of another artifact to a place in this one. Raises FilesFailed."""
    source, target = _inside(other, from_path), _inside(folder, to_path)
    if not source.is_dir():
        raise FilesFailed(f"{from_path} is no directory of the included artifact")
    shutil.copytree(source, target, dirs_exist_ok=True, copy_function=_copy)


def left_out(folder: Path, patterns: str | None) -> Callable[[str], bool]:
    """Whether a path is left out: by default, by `.sourceignore` files, by the resource."""
    rules = [*ALWAYS_OUT]
    for path in sorted(folder.rglob(IGNORE_FILE), key=lambda path: len(path.parts)):
        below = path.parent.relative_to(folder).as_posix()
        rules += [_below(below, line) for line in path.read_text("utf-8", "replace").splitlines()]
    return Ignore([*rules, *(patterns or "").splitlines()])


def _below(folder: str, line: str) -> str:
    """A pattern of a file in a folder, as the same for the top."""
    text = line.strip()
    if folder == "." or not text or text.startswith("#"):
        return line
    mark, text = ("!", text[1:]) if text.startswith("!") else ("", text)
    anchored = "/" in text.rstrip("/")
    return f"{mark}{folder}/{text.lstrip('/')}" if anchored else f"{mark}{folder}/**/{text}"


def _inside(root: Path, relative: str) -> Path:
    """A path below the root, whatever is written: `..` stops at it."""
    parts: list[str] = []
    for part in relative.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return root.joinpath(*parts)


def _copy(source: str, target: str) -> None:
    """An artifact's files are read-only: the copy is to be written over."""
    if os.path.lexists(target):
        os.unlink(target)
    shutil.copyfile(source, target)

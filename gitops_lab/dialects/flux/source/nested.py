"""Submodules of a repository: left out as in a plain clone, or read where that is asked for."""

import functools
import posixpath
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gitops_lab.dialects.dialect import World
from gitops_lab.git.objects import ObjectReader
from gitops_lab.git.submodules import SubmoduleReader, WithoutSubmodules


def reader_of(world: World, spec: Mapping[str, Any]) -> Callable[[Path], ObjectReader]:
    """How a GitRepository is read. A submodule that is asked for and can't be read is an error."""
    if not spec.get("recurseSubmodules"):
        return WithoutSubmodules
    top = str(spec.get("url"))
    return functools.partial(SubmoduleReader, other=lambda url: _other(world, top, url))


def _other(world: World, top: str, url: str) -> Path | None:
    """The repository of the workspace that a submodule's URL means; it may be relative to ours."""
    if url.startswith(("./", "../")):
        scheme, _, rest = top.partition("://")
        url = f"{scheme}://{posixpath.normpath(posixpath.join(rest, url))}"
    name = world.repo_of(url)
    known = name is not None and world.repositories.exists(name)
    return world.repositories.path(str(name)) if known else None

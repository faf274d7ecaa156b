"""Programs of others that some tests need: the user's own, or what `scripts/tools` fetched."""

import shutil

import pytest

from gitops_lab.kube.helm import tools_folder


def tool(name: str) -> str | None:
    """The path of helm or sops, None where there is none."""
    return shutil.which(name) or shutil.which(name, path=str(tools_folder()))


def genuine(name: str) -> str:
    """The path of helm or sops; the test is skipped where there is none."""
    found = tool(name)
    if not found:
        pytest.skip(f"{name} is not here; `scripts/tools` fetches it")
    return found

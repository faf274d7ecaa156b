"""The site, built once for all tests about it."""

import shutil
from pathlib import Path

import pytest

from gitops_lab.docs import build

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site() -> Path:
    """The built site; with diagrams where npm can bring their script."""
    assert build.run("build", diagrams=shutil.which("npm") is not None) == 0
    return ROOT / "build" / "site"

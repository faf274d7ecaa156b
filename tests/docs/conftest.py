"""The site, built once for all tests about it."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from gitops_lab.docs import build

BUILD = Path(__file__).parents[2] / "build"


@pytest.fixture(scope="session")
def site() -> Path:
    """The built site; with diagrams where npm can bring their script.

    A run may have several processes: the first one that asks builds, and the others read.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"process {os.getpid()}")
    BUILD.mkdir(exist_ok=True)
    built_for = BUILD / ".tested-by"
    with (BUILD / ".test-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built_for.exists() or built_for.read_text() != run:
            assert build.run("build", diagrams=shutil.which("npm") is not None) == 0
            built_for.write_text(run)
    return BUILD / "site"

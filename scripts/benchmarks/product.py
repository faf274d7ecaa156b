"""A workspace of the product's own, driven by its command line, in a folder that goes away."""

import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gitops_lab import __version__

LAB = [sys.executable, "-m", "gitops_lab.cli"]


@dataclass(frozen=True)
class Product:
    """Where the command line runs, and where it keeps its state."""

    place: Path

    @property
    def environment(self) -> dict[str, str]:
        drop = ("GITOPS_LAB_WORKSPACE", "KUBECONFIG")
        kept = {key: value for key, value in os.environ.items() if key not in drop}
        return {**kept, "GITOPS_LAB_HOME": str(self.place / "state")}

    def run(self, *arguments: str) -> str:
        """The output of a command, which has to succeed."""
        done = subprocess.run(
            [*LAB, *arguments],
            cwd=self.place,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{arguments} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def document(self, *arguments: str) -> dict[str, object]:
        """The JSON document that a command prints last."""
        found: dict[str, object] = json.loads(self.run(*arguments, "--json").splitlines()[-1])
        return found


@contextlib.contextmanager
def product() -> Iterator[Product]:
    """A fresh place; whatever runs in it is taken down at the end."""
    place = Path(tempfile.mkdtemp(prefix="gitops-lab-bench-"))
    made = Product(place)
    try:
        yield made
    finally:
        for name in _workspaces(place):
            subprocess.run(
                [*LAB, "down", "--workspace", name],
                cwd=place,
                env=made.environment,
                capture_output=True,
                check=False,
            )
        shutil.rmtree(place, ignore_errors=True)


def _workspaces(place: Path) -> list[str]:
    return [path.parent.name for path in place.glob("state/workspaces/*/workspace.json")]


def wait_for_answer(url: str, wanted: str = "", timeout: float = 30.0) -> float:
    """The moment (time.monotonic) of the first answer that contains `wanted`."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, urllib.error.URLError):
            answer = urllib.request.urlopen(url, timeout=2).read().decode()
            if wanted in answer:
                return time.monotonic()
        time.sleep(0.001)
    raise SystemExit(f"{url} did not answer {wanted!r} within {timeout} s")


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "gitops_lab": __version__,
        "command": " ".join(["scripts/bench", *sys.argv[1:]]),
    }

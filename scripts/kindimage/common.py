"""Versions, the cache folder, and running commands."""

import fcntl
import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

KUBERNETES = "v1.37.2"
CONTAINERD = "v2.4.2"
# These two as kubeadm of this version asks for them, so that the tags of the images are true.
COREDNS = "v1.14.6"
ETCD = "v3.7.0"
KIND = "v0.33.0"
DEBIAN = "bookworm"
# Counts changes of the recipe itself, so that a newer recipe does not take an older result.
RECIPE = 2

ROOT = Path(__file__).resolve().parents[2]


class Failure(Exception):
    """What went wrong and what to do; printed once, without a traceback."""


def key() -> str:
    """Name of the result: versions, recipe and machine."""
    parts = (KUBERNETES, CONTAINERD, COREDNS, ETCD, KIND, DEBIAN, str(RECIPE), platform.machine())
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:10]
    return f"{KUBERNETES}-{digest}"


def cache() -> Path:
    """Folder that outlives the checkout."""
    named = os.environ.get("GITOPS_LAB_CACHE")
    root = Path(named) if named else Path.home() / ".cache" / "gitops-lab"
    return root / "kind-image"


def say(text: str) -> None:
    """One line of progress, with the time of day, as a build takes minutes."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    capture: bool = False,
    text: str | None = None,
) -> str:
    """Run a command; its output when captured. Raises Failure with the command line."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        text=True,
        input=text,
        check=False,
        stdout=subprocess.PIPE if capture else sys.stderr,
    )
    if done.returncode:
        shown = " ".join(str(part) for part in command[:8])
        raise Failure(f"`{shown}` failed with {done.returncode}. Run it again to resume.")
    return done.stdout or ""


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Two builds take turns: the second finds the result of the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

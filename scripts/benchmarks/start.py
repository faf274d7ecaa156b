"""`start first-sync` until the app answers over HTTP; warm, the median of three.

With Docker, kind and a node image at hand also on kind. `kind_own_s` is what of that is ours:
everything but the time in which the kind command runs and Kubernetes gets ready. Of that,
`kind_apps_s` is the time in which the lab's first pods start.
"""

import re
import statistics
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass

from gitops_lab.errors import WorkspaceError
from gitops_lab.workspace.kind import Kind
from scripts.benchmarks.product import LAB, Product, product, wait_for_answer

RUNS = 3
_KINDS_OWN = (
    "Get the node image",
    "Start the node",
    "Configure it",
    "Start Kubernetes",
    "Set up the network",
    "Set up storage",
    "Wait until it is ready",
)


def measure() -> dict[str, object]:
    """`embedded_s`, `kind_s`: seconds from the command to the first answer of the app."""
    _timed("embedded", 1)  # what is read for the first time comes from the disk
    embedded = _timed("embedded", RUNS)
    found: dict[str, object] = {"embedded_s": _median(run.whole for run in embedded), "runs": RUNS}
    try:
        Kind().preflight()
    except WorkspaceError as error:
        return {**found, "kind_s": None, "kind_own_s": None, "without_kind": error.message}
    runs = _timed("kind", RUNS)
    return {
        **found,
        "kind_s": _median(run.whole for run in runs),
        "kind_own_s": _median(run.whole - run.kinds for run in runs),
        "kind_apps_s": _median(run.apps for run in runs),
    }


@dataclass(frozen=True)
class _Run:
    """Seconds in all, those that are kind's and Kubernetes', and those of the apps' start."""

    whole: float
    kinds: float
    apps: float


def _median(seconds: Iterable[float]) -> float:
    return round(statistics.median(seconds), 2)


def _timed(provider: str, runs: int) -> list[_Run]:
    timed = []
    for _ in range(runs):
        with product() as place:
            timed.append(_once(place, provider))
    return timed


def _once(place: Product, provider: str) -> _Run:
    begun = time.monotonic()
    said = subprocess.run(
        [*LAB, "start", "first-sync", "--provider", provider],
        cwd=place.place,
        env=place.environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    ended = time.monotonic()
    url = str(place.document("open", "--print")["url"])
    asked = time.monotonic()
    answered = wait_for_answer(url)
    steps = re.findall(r"✓ (.*?)(?: \(main\))?  ([\d.]+) s", said)
    kinds = sum(float(seconds) for title, seconds in steps if title in _KINDS_OWN)
    apps = sum(float(seconds) for title, seconds in steps if title == "Wait for the apps")
    return _Run((ended - begun) + (answered - asked), kinds, apps)

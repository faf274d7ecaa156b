"""`start first-sync` until the app answers over HTTP; warm, the median of three.

With Docker, kind and a node image at hand also on kind. `kind_own_s` is what of that is ours:
everything but the time in which the kind command runs and Kubernetes gets ready.
"""

import re
import statistics
import subprocess
import time

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
    found: dict[str, object] = {"embedded_s": _median(_timed("embedded")), "runs": RUNS}
    try:
        Kind().preflight()
    except WorkspaceError as error:
        return {**found, "kind_s": None, "kind_own_s": None, "without_kind": error.message}
    runs = _timed("kind")
    own = [(whole - theirs, theirs) for whole, theirs in runs]
    return {**found, "kind_s": _median(runs), "kind_own_s": _median(own)}


def _median(runs: list[tuple[float, float]]) -> float:
    return round(statistics.median(first for first, _ in runs), 2)


def _timed(provider: str) -> list[tuple[float, float]]:
    """Of each run but the first: seconds in all, and those that are kind's and Kubernetes'."""
    seconds = []
    for _ in range(RUNS + 1):
        with product() as place:
            seconds.append(_once(place, provider))
    return seconds[1:]


def _once(place: Product, provider: str) -> tuple[float, float]:
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
    theirs = sum(float(seconds) for title, seconds in steps if title in _KINDS_OWN)
    return (ended - begun) + (answered - asked), theirs

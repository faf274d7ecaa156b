"""How soon `gitops-lab check --watch` has printed its answer to a change.

A change of an object counts from the moment at which a watcher of our own is told of it; a commit
from the end of `git push`. Each of them changes what a check sees, and leaves it red.
"""

import contextlib
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

from gitops_lab.kube import Client
from scripts.benchmarks.product import LAB, Product, product

RUNS = 20
_SECONDS = 30.0


def measure() -> dict[str, object]:
    """Medians and 95th percentiles in milliseconds; `object_…` by an object, `commit_…` by Git."""
    with product() as place:
        place.run("start", "first-sync")
        objects = sorted(_objects(place))
        place.run("down")
        place.run("start", "drift", "--step", "who")
        commits = sorted(_commits(place))
    figures: dict[str, object] = {"runs": RUNS}
    for name, found in (("object", objects), ("commit", commits)):
        figures[f"{name}_median_ms"] = round(statistics.median(found) * 1000)
        figures[f"{name}_p95_ms"] = round(found[int(len(found) * 0.95) - 1] * 1000)
    return figures


def _objects(place: Product) -> list[float]:
    """Seconds from the changed ConfigMap to the printed verdict."""
    client = Client.from_kubeconfig(Path(place.run("kubeconfig").strip()))
    clone = _clone(place, "first-sync")
    file = clone / "deploy" / "configmap.yaml"
    found = []
    with _watching(place, "message") as printed:
        for word in _words():
            told: Queue[float] = Queue()
            looker = threading.Thread(target=_told, args=(client, word, told), daemon=True)
            looker.start()
            lines = file.read_text().splitlines()
            new = [f"  message: {word}" if "message:" in line else line for line in lines]
            file.write_text("\n".join(new) + "\n")
            _push(place, clone)
            found.append(printed(word) - told.get(timeout=_SECONDS))
    return found


def _told(client: Client, word: str, told: "Queue[float]") -> None:
    for event in client.watch("v1", "ConfigMap", "web"):
        if event.object.get("data", {}).get("message") == word:
            told.put(time.monotonic())
            return


def _commits(place: Product) -> list[float]:
    """Seconds from the end of a push to the printed verdict."""
    clone, found = _clone(place, "drift"), []
    with _watching(place, "who") as printed:
        for word in _words():
            (clone / "incident.yaml").write_text(f"changedBy: {word}\n")
            pushed = _push(place, clone)
            found.append(printed(word) - pushed)
    return found


def _words() -> list[str]:
    return [f"somebody-{number}" for number in range(RUNS)]


@contextlib.contextmanager
def _watching(place: Product, step: str) -> "Iterator[Callable[[str], float]]":
    """`check --watch`; a call waits for a word in what it prints, and returns the moment."""
    watching = subprocess.Popen(
        [*LAB, "check", step, "--watch"],
        cwd=place.place,
        env=place.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines: Queue[tuple[float, str]] = Queue()

    def read() -> None:
        assert watching.stdout is not None
        for line in watching.stdout:
            lines.put((time.monotonic(), line))

    threading.Thread(target=read, daemon=True).start()

    def printed(word: str) -> float:
        while True:
            moment, line = lines.get(timeout=_SECONDS)
            if word in line:
                return moment

    try:
        printed("✗")
        yield printed
    finally:
        watching.terminate()
        watching.wait()


def _clone(place: Product, lab: str) -> Path:
    return next(path for path in place.place.glob(f"gitops-lab/{lab}/*") if path.is_dir())


def _push(place: Product, clone: Path) -> float:
    """Commit all and push; the moment at which that had ended."""
    for command in (["add", "--all"], ["commit", "-qm", "Try"], ["push", "-q"]):
        subprocess.run(["git", *command], cwd=clone, env=place.environment, check=True)
    return time.monotonic()

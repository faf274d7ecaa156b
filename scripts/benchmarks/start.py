"""`start first-sync` until the app answers over HTTP; warm, the median of three.

With Docker, kind and a node image at hand also on kind. `kind_own_s` is what of that is ours:
everything but the time in which the kind command runs and Kubernetes gets ready. Of that,
`kind_apps_s` is the time in which the lab's first pods start. `kind_alone_s` is what kind and
kubectl take, one after the other, for the same cluster, images, objects and answer, each time
after ours.
"""

import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gitops_lab.errors import WorkspaceError
from gitops_lab.kube.kubectl import kubectl
from gitops_lab.workspace.kind import Kind, sample_images, tool
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
        "kind_alone_s": _median(run.alone for run in runs),
    }


@dataclass(frozen=True)
class _Run:
    """Seconds: all, kind's and Kubernetes' part, that of the apps' start; and all without us."""

    whole: float
    kinds: float
    apps: float
    alone: float = 0.0


def _median(seconds: Iterable[float]) -> float:
    return round(statistics.median(seconds), 2)


def _timed(provider: str, runs: int) -> list[_Run]:
    timed = []
    for _ in range(runs):
        with product() as place:
            run = _once(place, provider)
            timed.append(replace(run, alone=_alone(place)) if provider == "kind" else run)
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


def _alone(place: Product) -> float:
    """The same without us: the cluster as it was asked for, and what is in the learner's clone."""
    root = place.place / "state" / "workspaces" / "first-sync" / "clusters" / "main"
    asked = place.place / "kind.yaml"
    shutil.copy(root / "kind.yaml", asked)
    place.run("down")
    (root / "node").mkdir(parents=True)
    cluster = ["--name", "gitops-lab-bench-alone"]
    kubeconfig = ["--kubeconfig", str(place.place / "kubeconfig")]
    asking = [str(kubectl()), *kubeconfig, "--namespace=web"]
    clone = place.place / "gitops-lab" / "first-sync" / "web"
    begun = time.monotonic()
    try:
        _run(tool.program(), "create", "cluster", *cluster, *kubeconfig, "--config", str(asked))
        _run(tool.program(), "load", "image-archive", str(sample_images.archive()), *cluster)
        _run(*asking, "create", "namespace", "web")
        _run(*asking, "apply", "--filename", str(clone / "deploy"))
        port = _run(*asking, "get", "service/web", "--output=jsonpath={.spec.ports[0].nodePort}")
        return wait_for_answer(f"http://127.0.0.1:{port}") - begun
    finally:
        _run(tool.program(), "delete", "cluster", *cluster, *kubeconfig)
        shutil.rmtree(root.parents[2] / "first-sync")


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout

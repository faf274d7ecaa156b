"""From the exit of `git push` to the first answer of the new version, as the learner lives it.

With Docker, kind and a node image at hand also on kind, and there the changed object apart from
the roll-out, which is Kubernetes' own.
"""

import re
import statistics
import subprocess
import time
from pathlib import Path

from gitops_lab.errors import WorkspaceError
from gitops_lab.kube import Client
from gitops_lab.workspace.kind import Kind
from scripts.benchmarks.product import Product, product, wait_for_answer

RUNS = 20
_IMAGE = re.compile(r"gitops-lab/web:(\d\.\d)")
_VERSIONS = ("1.0", "1.1")
_OBJECT_SECONDS = 30.0


def measure() -> dict[str, object]:
    """`median_ms` and `p95_ms` over the runs; `kind_object_ms` and `kind_live_ms` are medians."""
    live = sorted(taken for _, taken in _runs("embedded"))
    found: dict[str, object] = {
        "median_ms": _median(live),
        "p95_ms": round(live[int(len(live) * 0.95) - 1] * 1000),
        "runs": RUNS,
    }
    try:
        Kind().preflight()
    except WorkspaceError as error:
        return {**found, "without_kind": error.message}
    objects, answers = zip(*_runs("kind"), strict=True)
    return {**found, "kind_object_ms": _median(objects), "kind_live_ms": _median(answers)}


def _median(seconds: "list[float] | tuple[float, ...]") -> int:
    return round(statistics.median(seconds) * 1000)


def _runs(provider: str) -> list[tuple[float, float]]:
    """Of each push: seconds to the changed Deployment, and to the first answer of it.

    The first is 0 on the embedded cluster, which shares the processor with whoever asks it.
    """
    with product() as place:
        place.run("start", "first-sync", "--provider", provider)
        url = str(place.document("open", "--print")["url"]) + "/api/info"
        wait_for_answer(url)
        clone = next(path for path in place.place.glob("gitops-lab/*/*") if path.is_dir())
        kubeconfig = Path(place.run("kubeconfig").strip())
        client = Client.from_kubeconfig(kubeconfig) if provider == "kind" else None
        return [_push(place, clone, url, client) for _ in range(RUNS)]


def _push(place: Product, clone: Path, url: str, client: Client | None) -> tuple[float, float]:
    manifest = next(
        path for path in sorted(clone.rglob("*.yaml")) if _IMAGE.search(path.read_text())
    )
    text = manifest.read_text()
    found = _IMAGE.search(text)
    assert found is not None
    new = next(version for version in _VERSIONS if version != found.group(1))
    manifest.write_text(_IMAGE.sub(f"gitops-lab/web:{new}", text))
    _git(place, clone, "commit", "-qam", f"Release {new}")
    _git(place, clone, "push", "-q")
    pushed = time.monotonic()
    changed = _wait_for_object(client, f"gitops-lab/web:{new}") if client else pushed
    answered = wait_for_answer(url, f'"{new}"')
    _settle(place, client, f"gitops-lab/web:{new}")
    return changed - pushed, answered - pushed


def _wait_for_object(client: Client, image: str) -> float:
    """The moment at which the Deployment is seen with that image."""
    deadline = time.monotonic() + _OBJECT_SECONDS
    while time.monotonic() < deadline:
        deployment = client.get("apps/v1", "Deployment", "web", "web")
        if deployment["spec"]["template"]["spec"]["containers"][0]["image"] == image:
            return time.monotonic()
        time.sleep(0.001)
    raise SystemExit(f"the Deployment did not get the image {image}")


def _settle(place: Product, client: Client | None, image: str) -> None:
    """Let the roll-out end, so that the next one starts from rest.

    A pod that is ending answers for a moment after the roll-out: that must not be taken for the
    next release.
    """
    place.run("kubectl", "--", "wait", "--for=condition=Progressing", "deploy", "--all", "-A")
    place.run("kubectl", "--", "rollout", "status", "deploy", "-n", "web")
    deadline = time.monotonic() + _OBJECT_SECONDS
    while client and _images(client) != {image}:
        if time.monotonic() > deadline:
            raise SystemExit(f"pods of another image than {image} do not end")
        time.sleep(0.05)


def _images(client: Client) -> set[str]:
    pods = client.list("v1", "Pod", "web").items
    return {container["image"] for pod in pods for container in pod["spec"]["containers"]}


def _git(place: Product, clone: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=clone, env=place.environment, check=True)

"""From the exit of `git push` to the first answer of the new version, as the learner lives it."""

import re
import statistics
import subprocess
import time
from pathlib import Path

from scripts.benchmarks.product import Product, product, wait_for_answer

RUNS = 20
_IMAGE = re.compile(r"gitops-lab/web:(\d\.\d)")
_VERSIONS = ("1.0", "1.1")


def measure() -> dict[str, object]:
    """`median_ms` and `p95_ms` over the runs."""
    with product() as place:
        place.run("start", "first-sync")
        url = str(place.document("open", "--print")["url"]) + "/api/info"
        wait_for_answer(url)
        clone = next(path for path in place.place.glob("gitops-lab/*/*") if path.is_dir())
        taken = sorted(_push(place, clone, url) for _ in range(RUNS))
    return {
        "median_ms": round(statistics.median(taken) * 1000),
        "p95_ms": round(taken[int(len(taken) * 0.95) - 1] * 1000),
        "runs": RUNS,
    }


def _push(place: Product, clone: Path, url: str) -> float:
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
    answered = wait_for_answer(url, f'"{new}"')
    _settle(place)
    return answered - pushed


def _settle(place: Product) -> None:
    """Let the roll-out end, so that the next one starts from rest."""
    place.run("kubectl", "--", "wait", "--for=condition=Progressing", "deploy", "--all", "-A")
    place.run("kubectl", "--", "rollout", "status", "deploy", "-n", "web")


def _git(place: Product, clone: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=clone, env=place.environment, check=True)

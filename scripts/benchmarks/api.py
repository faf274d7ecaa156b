"""The embedded API server beside the genuine one with its etcd: the same compiled client asks both.

1,000 server-side applies of ConfigMaps with eight connections, the same again with nothing
changed, 1,000 gets, lists of 1,000, and changes that reach 100 watchers. The embedded one is the
whole cluster process, with its controllers and its node. Both are asked in turn, and ratios are of
rates, embedded to genuine: the median of the rounds, as a moment's load falls on one of them.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from gitops_lab.kube import yamls
from scripts.benchmarks.idle import rss_mb
from tests.clients.cluster import Cluster, cluster
from tests.oracle.genuine import Endpoint, find_go, genuine_server, missing

_SOURCE = Path(__file__).with_name("apiload")
_SECONDS = 600
_RATIOS = ("apply", "get", "list", "watch")
ROUNDS = 3


def measure() -> dict[str, object]:
    """Rates in 1/s for both, `ratio_…`, and `rss_mb` of the embedded cluster after all of it."""
    if reason := missing():
        raise SystemExit(reason)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        program = _build(place)
        (place / "genuine").mkdir()
        with genuine_server(place / "genuine") as server, cluster(place / "embedded") as found:
            mine = _endpoint(found)
            pairs = [
                (_load(program, server, number), _load(program, mine, number))
                for number in range(ROUNDS)
            ]
            memory = rss_mb(found.pid)
    return {**_figures(pairs), "rounds": ROUNDS, "rss_mb": round(memory)}


def _figures(pairs: list[tuple[dict[str, float], dict[str, float]]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for place, name in enumerate(("genuine", "embedded")):
        for key in pairs[0][0]:
            found[f"{name}_{key}"] = round(median(pair[place][key] for pair in pairs))
    for key in _RATIOS:
        ratios = [mine[key] / theirs[key] for theirs, mine in pairs]
        found[f"ratio_{key}"] = round(median(ratios), 2)
    return found


def _endpoint(found: Cluster) -> Endpoint:
    root = found.kubeconfig.parent
    config = yamls.load_all(found.kubeconfig.read_text())[0].obj
    url = config["clusters"][0]["cluster"]["server"]
    return Endpoint(url, (root / "token").read_text(), root / "ca.crt")


def _build(place: Path) -> Path:
    program = place / "apiload"
    subprocess.run([find_go(), "build", "-o", program, "."], cwd=_SOURCE, check=True)
    return program


def _load(program: Path, at: Endpoint, number: int) -> dict[str, float]:
    command: list[str | Path] = [
        program,
        f"-server={at.url}",
        f"-token={at.token}",
        f"-ca={at.ca_file}",
        f"-namespace=apiload-{number}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode:
        raise SystemExit(f"apiload against {at.url}: {done.stderr}")
    rates: dict[str, float] = json.loads(done.stdout)
    return rates

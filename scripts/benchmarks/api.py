"""The embedded API server beside the genuine one with its etcd: the same compiled client asks both.

1,000 server-side applies of ConfigMaps with eight connections, the same again with nothing
changed, 1,000 gets, lists of 1,000, and changes that reach 100 watchers. The embedded one is the
whole cluster process, with its controllers and its node. Ratios are of rates, embedded to genuine.
"""

import json
import subprocess
import tempfile
from pathlib import Path

from gitops_lab.kube import yamls
from scripts.benchmarks.idle import rss_mb
from tests.clients.cluster import cluster
from tests.oracle.genuine import find_go, genuine_server, missing

_SOURCE = Path(__file__).with_name("apiload")
_SECONDS = 600
_RATIOS = {"apply": "apply", "get": "get", "list": "list", "watch": "watch"}


def measure() -> dict[str, object]:
    """Rates in 1/s for both, `ratio_…`, and `rss_mb` of the embedded cluster after all of it."""
    if reason := missing():
        raise SystemExit(reason)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        program = _build(place)
        (place / "genuine").mkdir()
        with genuine_server(place / "genuine") as server:
            genuine = _load(program, server.url, server.token, server.ca_file)
        embedded, memory = _embedded(program, place)
    rates = {f"genuine_{name}": round(rate) for name, rate in genuine.items()}
    rates |= {f"embedded_{name}": round(rate) for name, rate in embedded.items()}
    ratios = {
        f"ratio_{key}": round(embedded[name] / genuine[name], 2) for key, name in _RATIOS.items()
    }
    return {**rates, **ratios, "rss_mb": round(memory)}


def _embedded(program: Path, place: Path) -> tuple[dict[str, float], float]:
    with cluster(place / "embedded") as found:
        root = found.kubeconfig.parent
        config = yamls.load_all(found.kubeconfig.read_text())[0].obj
        url = config["clusters"][0]["cluster"]["server"]
        rates = _load(program, url, (root / "token").read_text(), root / "ca.crt")
        return rates, rss_mb(found.pid)


def _build(place: Path) -> Path:
    program = place / "apiload"
    subprocess.run([find_go(), "build", "-o", program, "."], cwd=_SOURCE, check=True)
    return program


def _load(program: Path, url: str, token: str, authority: Path) -> dict[str, float]:
    command = [program, f"-server={url}", f"-token={token}", f"-ca={authority}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode:
        raise SystemExit(f"apiload against {url}: {done.stderr}")
    rates: dict[str, float] = json.loads(done.stdout)
    return rates

"""Starting a cluster that holds 5,000 objects: the whole process, until it says it is ready."""

import secrets
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gitops_lab.kube import Client, Object
from gitops_lab.workspace import certificates, processes
from gitops_lab.workspace.access import write_kubeconfig
from gitops_lab.workspace.certificates import KeyPair
from gitops_lab.workspace.embedded import Embedded
from gitops_lab.workspace.folder import Folder
from scripts.benchmarks.idle import rss_mb

OBJECTS = 5000
RUNS = 3


def measure() -> dict[str, object]:
    """`ready_s` (median) and `rss_mb` three seconds later, with `empty_…` beside them."""
    with tempfile.TemporaryDirectory() as name:
        place = _place(Path(name))
        provider = Embedded()
        empty = [_start(provider, place) for _ in range(RUNS)]
        write_kubeconfig(place.kubeconfig, {"main": provider.start(place, "main", _quiet)})
        _fill(Client.from_kubeconfig(place.kubeconfig))
        provider.stop(place, "main")
        full = [_start(provider, place) for _ in range(RUNS)]
    return {
        "ready_s": round(statistics.median(seconds for seconds, _ in full), 2),
        "rss_mb": round(statistics.median(memory for _, memory in full)),
        "empty_ready_s": round(statistics.median(seconds for seconds, _ in empty), 2),
        "empty_rss_mb": round(statistics.median(memory for _, memory in empty)),
        "objects": OBJECTS,
        "runs": RUNS,
    }


def _place(folder: Path) -> Folder:
    place = Folder(folder / "workspace", "bench")
    place.root.mkdir(parents=True)
    place.token.write_text(secrets.token_urlsafe(32))
    certificates.make_authority(KeyPair(place.ca_certificate, place.ca_key), place.name)
    return place


def _start(provider: Embedded, place: Folder) -> tuple[float, float]:
    """Seconds to ready, and memory in MB when its controllers have seen everything."""
    begun = time.monotonic()
    provider.start(place, "main", _quiet)
    seconds = time.monotonic() - begun
    time.sleep(3)
    process = processes.read(place.pid("cluster-main"))
    assert process is not None
    memory = rss_mb(process.pid)
    provider.stop(place, "main")
    return seconds, memory


def _fill(client: Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: client.create(_object(number)), range(OBJECTS)))


def _object(number: int) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"object-{number}", "namespace": "default", "labels": {"app": "b"}},
        "data": {f"key-{key}": f"value {key} of object {number}" for key in range(8)},
    }


def _quiet(_step: object) -> None:
    """The benchmark prints figures alone."""

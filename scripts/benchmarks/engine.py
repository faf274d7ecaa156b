"""The engine against the floor: a bare client that does the same server-side applies.

Commit to changed object, a hundred units of four objects, one unit of a thousand, and the same
thousand again with nothing changed; a change by hand until it is healed. The floor writes with
eight connections, in the same run.
"""

import contextlib
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.engine import ops
from gitops_lab.engine.loop import Loop
from gitops_lab.engine.source import SourceStore
from gitops_lab.git import Repositories
from gitops_lab.kube import Client, Informer, Object
from gitops_lab.kube.objects import name_of
from gitops_lab.kube.yamls import dump, dump_all
from scripts.benchmarks.idle import pids, rss_mb
from scripts.benchmarks.product import product
from tests.oracle.genuine import genuine_server, missing

MANY = 1000
UNITS = 100
COMMITS = 20
HEALINGS = 12
_LIMIT = 300.0


@dataclass(frozen=True)
class Bench:
    """A cluster with an engine, and the repositories that it reads."""

    client: Client
    repositories: Repositories

    def namespace(self, name: str) -> str:
        obj: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        self.client.create(obj)
        return name

    def app(self, name: str, repo: str, path: str = ".") -> None:
        """Applied, as a workspace does at its start.

        A genuine server holds back each `create` of a kind for two seconds when that was
        established less than two before (kubernetes/kubernetes#99199), which no engine can help.
        """
        self.client.apply(
            {
                "apiVersion": "gitops-lab.dev/v1",
                "kind": "GitOpsApp",
                "metadata": {"namespace": "apps", "name": name},
                "spec": {
                    "source": {"repo": repo, "path": path},
                    "destination": {"namespace": repo},
                    "syncPolicy": {"automated": True, "selfHeal": True},
                },
            },
            field_manager="bench",
        )


def measure() -> dict[str, object]:
    """Times in seconds, `ratio_…` to the floor, `rss_mb` of the loop process after all of it.

    `genuine_…` are the same on a genuine kube-apiserver, where it has been built: there the engine
    runs in this process.
    """
    with product() as place:
        made = place.document("up", "bench")
        client = Client.from_kubeconfig(Path(str(made["kubeconfig"])))
        repositories = Repositories(place.place / "state" / "workspaces" / "bench" / "repos")
        figures = _figures(Bench(client, repositories))
        figures["rss_mb"] = round(rss_mb(pids(place)["loop"]))
    if reason := missing():
        return {**figures, "genuine": reason}
    return {**figures, **{f"genuine_{name}": value for name, value in _on_genuine().items()}}


def _figures(bench: Bench) -> dict[str, object]:
    bench.namespace("apps")
    figures: dict[str, object] = {}
    for part in (_many, _units, _commits):
        found = part(bench)
        print(json.dumps(found), file=sys.stderr, flush=True)  # a run may be ended half-way
        figures |= found
    return figures


def _on_genuine() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "server").mkdir()
        with genuine_server(folder / "server") as server:
            repositories = Repositories(folder / "repos")
            clients = [
                Client(server.url, token=server.token, ca_file=str(server.ca_file))
                for _ in range(2)
            ]
            loop = Loop(
                {"main": clients[0]}, sources=SourceStore(folder / "repos", folder / "cache")
            )
            loop.start()
            try:
                return _figures(Bench(clients[1], repositories))
            finally:
                loop.stop()


def _many(bench: Bench) -> dict[str, object]:
    objects = [_config_map(number) for number in range(MANY)]
    bench.namespace("many")
    floor = _floor(bench, objects, "many-floor")
    files = {f"{obj['metadata']['name']}.yaml": dump(obj) for obj in objects}
    bench.repositories.create("many", files, message="first")
    with _synced(bench, ["many"]):
        started = time.monotonic()
        bench.app("many", "many")
    first = time.monotonic() - started
    return {
        "floor_1000_s": round(floor, 2),
        "first_sync_1000_s": round(first, 2),
        "ratio_first_sync_1000": round(first / floor, 2),
        "noop_1000_s": round(_noop(bench), 3),
    }


def _noop(bench: Bench) -> float:
    view = ops.find_app(bench.client, "many")
    started = time.monotonic()
    ops.wait_handled(bench.client, view, ops.request_refresh(bench.client, view))
    return time.monotonic() - started


def _units(bench: Bench) -> dict[str, object]:
    units = {f"u{number}": _unit(f"u{number}") for number in range(UNITS)}
    bench.namespace("units")
    floor = _floor(bench, [obj for unit in units.values() for obj in unit], "units-floor")
    files = {f"{name}/all.yaml": dump_all(unit) for name, unit in units.items()}
    bench.repositories.create("units", files, message="first")
    with _synced(bench, units), ThreadPoolExecutor(8) as pool:
        started = time.monotonic()
        list(pool.map(lambda name: bench.app(name, "units", name), units))
    taken = time.monotonic() - started
    return {
        "floor_units_100_s": round(floor, 2),
        "units_100_s": round(taken, 2),
        "ratio_units_100": round(taken / floor, 2),
    }


def _commits(bench: Bench) -> dict[str, object]:
    """From a request to sync, as a push makes one, to the one object that the commit changed.

    And from a change by hand until that is healed.
    """
    commits = {f"commit_in_{size}_ms": _commit_in(bench, size) for size in (1, 100, MANY)}
    healed = sorted(_heal(bench, f"commits-{MANY}", number) for number in range(1, HEALINGS))
    return {**commits, f"healed_in_{MANY}_ms": round(statistics.median(healed) * 1000)}


def _heal(bench: Bench, namespace: str, number: int) -> float:
    wanted, changed = _config_map(number), False

    def back(obj: Object) -> bool:
        nonlocal changed
        if name_of(obj) != name_of(wanted):
            return False
        same: bool = obj["data"] == wanted["data"]
        changed = changed or not same
        return changed and same

    who = {**wanted, "metadata": {**wanted["metadata"], "namespace": namespace}}
    with _seen(bench, "v1", "ConfigMap", namespace, back):
        started = time.monotonic()
        bench.client.patch(who, {"data": {"text": "by hand"}}, field_manager="somebody")
    return time.monotonic() - started


def _commit_in(bench: Bench, size: int) -> int:
    repo = bench.namespace(f"commits-{size}")
    files = {f"c{number}.yaml": dump(_config_map(number)) for number in range(size)}
    bench.repositories.create(repo, files, message="first")
    with _synced(bench, [repo]):
        bench.app(repo, repo)
    taken = sorted(_commit(bench, repo, f"text {number}") for number in range(COMMITS))
    return round(statistics.median(taken) * 1000)


def _commit(bench: Bench, repo: str, text: str) -> float:
    changed = _config_map(0, text)
    bench.repositories.commit(repo, "main", text, {"c0.yaml": dump(changed)})
    view = ops.find_app(bench.client, repo)
    with _seen(bench, "v1", "ConfigMap", repo, lambda obj: obj["data"] == changed["data"]):
        started = time.monotonic()
        ops.request_sync(bench.client, view)
    return time.monotonic() - started


def _floor(bench: Bench, objects: Iterable[Object], namespace: str) -> float:
    bench.namespace(namespace)
    placed = [{**o, "metadata": {**o["metadata"], "namespace": namespace}} for o in objects]
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda o: bench.client.apply(o, field_manager="floor", force=True), placed))
    return time.monotonic() - started


@contextlib.contextmanager
def _synced(bench: Bench, names: Iterable[str]) -> Iterator[None]:
    """Ends when the Apps of these names have been synced."""
    missing = set(names)

    def last(obj: Object) -> bool:
        if ((obj.get("status") or {}).get("lastSync") or {}).get("result") == "Succeeded":
            missing.discard(name_of(obj))
        return not missing

    with _seen(bench, "gitops-lab.dev/v1", "GitOpsApp", "apps", last):
        yield


@contextlib.contextmanager
def _seen(
    bench: Bench, api_version: str, kind: str, namespace: str, probe: Callable[[Object], bool]
) -> Iterator[None]:
    """Ends when an object is seen for which the probe holds.

    By watch: a client that asks again and again takes from the server what is to be measured.
    """
    done = threading.Event()

    def look(_: str, obj: Object, __: Object | None) -> None:
        if probe(obj):
            done.set()

    informer = Informer(bench.client, api_version, kind, namespace, on_event=look)
    informer.start()
    try:
        informer.wait_synced()
        yield
        if not done.wait(_LIMIT):
            raise SystemExit(f"not within {_LIMIT:.0f} s")
    finally:
        informer.stop()


def _config_map(number: int, text: str = "") -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"c{number}"},
        "data": {"number": str(number), "text": text or "x" * 200},
    }


def _unit(name: str) -> list[Object]:
    container = {"name": "web", "image": "gitops-lab/web:1.0", "ports": [{"containerPort": 8080}]}
    backend = {"service": {"name": name, "port": {"number": 80}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"containers": [container]},
                },
            },
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": name},
            "spec": {"rules": [{"host": f"{name}.example.com", "http": {"paths": [path]}}]},
        },
    ]

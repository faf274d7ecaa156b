"""The live page in a real browser, with 200 apps and 2,000 objects.

The page is opened as a user does it, by `gitops-lab open`, which also wakes it. The first picture
is counted from when the browser sets out; an update from the answer to the change.
"""

import contextlib
import shutil
import statistics
import time
from collections.abc import Iterator
from typing import Any

from gitops_lab.engine.app import API_VERSION, KIND
from gitops_lab.engine.ops import list_apps
from gitops_lab.git import Repositories
from gitops_lab.kube import Client
from gitops_lab.kube.yamls import dump
from scripts.benchmarks.idle import _cpu_seconds, pids, rss_mb
from scripts.benchmarks.product import Product, product

APPS, OBJECTS = 200, 10
RUNS = 20
IDLE_SECONDS = 15
NAME = "many"
_SEEN = """name => new Promise(done => {
  const row = () => document.getElementById(name)?.textContent.includes('Suspended');
  const was = row();
  const look = () => { if (row() !== was) { watch.disconnect(); done(Date.now()); } };
  const watch = new MutationObserver(look);
  watch.observe(document.body, {subtree: true, childList: true});
  window.ready = true;
})"""


def measure() -> dict[str, object]:
    """`first_picture_ms`, `update_ms` (median; also the worst), `rss_mb` that the page adds.

    `first_picture_floor_ms` is the browser's own share of the first picture, in the same run.
    """
    with product() as place, _browser() as browser:
        place.run("up", NAME)
        client = _fill(place)
        loop = pids(place)["loop"]
        before = rss_mb(loop)
        link = place.document("open", "--workspace", NAME)["page"]
        context = browser.new_context()
        page = context.new_page()
        begun = time.monotonic()
        page.goto(link, wait_until="commit")
        page.wait_for_selector("#tree .node")
        first = time.monotonic() - begun
        floor = _floor(browser)
        page.wait_for_selector("#line:has-text('live')")
        updates = [_update(page, client, number) for number in range(RUNS)]
        used = _cpu_seconds(loop)
        time.sleep(IDLE_SECONDS)
        idle = (_cpu_seconds(loop) - used) / IDLE_SECONDS
        after = rss_mb(loop)
        rows = page.locator(".row").count()
    return {
        "first_picture_ms": round(first * 1000),
        "first_picture_floor_ms": round(floor * 1000),
        "update_ms": round(statistics.median(updates), 1),
        "update_worst_ms": round(max(updates), 1),
        "rss_mb": round(after - before, 1),
        "loop_rss_mb": round(after),
        "idle_core_percent": round(idle * 100, 2),
        "apps": rows,
        "objects": APPS * OBJECTS,
    }


def _floor(browser: Any) -> float:
    """What the browser takes for a page with one word, from nowhere, asked for the same way."""
    page = browser.new_context().new_page()
    begun = time.monotonic()
    page.goto("data:text/html,<ul id=tree><li class=node>one", wait_until="commit")
    page.wait_for_selector("#tree .node")
    return time.monotonic() - begun


def _fill(place: Product) -> Client:
    """The Apps, each with its own folder of ConfigMaps, all in sync."""
    root = place.place / "state" / "workspaces" / NAME
    client = Client.from_kubeconfig(root / "kubeconfig")
    files = {
        f"{_app(app)}/{number}.yaml": dump(_config(app, number))
        for app in range(APPS)
        for number in range(OBJECTS)
    }
    Repositories(root / "repos").create(NAME, files)
    for app in range(APPS):
        client.create(_resource(app))
    deadline = time.monotonic() + 300
    while sum(1 for view in list_apps(client) if view.status.sync == "Synced") < APPS:
        if time.monotonic() > deadline:
            raise SystemExit("the apps did not get in sync within 300 s")
        time.sleep(1)
    return client


def _update(page: Any, client: Client, number: int) -> float:
    """Milliseconds from the answer to a change until it is on the screen."""
    name = _app(number)
    handle = page.evaluate_handle(f"(name) => {{ window.seen = ({_SEEN})(name); }}", _row(name))
    handle.dispose()
    who = {**_resource(number), "spec": None}
    client.patch(who, {"spec": {"suspend": True}})
    told = time.time() * 1000
    seen: float = page.evaluate("() => window.seen")
    return max(0.0, seen - told)


def _app(number: int) -> str:
    return f"app-{number:03}"


def _row(name: str) -> str:
    return f"app-default_2f{name}"


def _config(app: int, number: int) -> dict[str, Any]:
    metadata = {"name": f"{_app(app)}-{number}"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"n": "1"}}


def _resource(number: int) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": _app(number), "namespace": "default"},
        "spec": {
            "source": {"repo": NAME, "path": _app(number)},
            "destination": {"cluster": "main", "namespace": "default"},
            "syncPolicy": {"automated": True, "prune": True, "selfHeal": True},
        },
    }


@contextlib.contextmanager
def _browser() -> Iterator[Any]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        raise SystemExit("this needs Chromium and `pip install playwright`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()

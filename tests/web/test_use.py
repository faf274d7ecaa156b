"""The page in use: by several at once, by keyboard, after a sleep; each view for everyone."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gitops_lab.workspace.notes import Notes, write_notes
from tests.browser import NO_BROWSER
from tests.web.conftest import Running
from tests.wide import WIDE

Open = Callable[..., Any]
HOSTILE = "/<img src=x onerror=alert(1)><script>window.hostile=1</script>"
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"namespace": "web", "name": "web"},
}
POD = ".node:has-text('Pod')"
VIEWS = {
    "yaml": (".node:has-text('Deployment')", "#detail pre"),
    "diff": (".node:has-text('Service') >> #tab-diff", "#detail p"),
    "events": (f"{POD} >> #tab-events", "#detail-body"),
    "log": (f"{POD} >> #tab-log", "#detail pre"),
}


def test_two_pages_and_the_command_line_say_the_same(running: Running, open_page: Open) -> None:
    first, second = open_page(), open_page()
    first.click("#do-suspend:has-text('Suspend')")
    for page in (first, second):
        page.wait_for_selector(".row .mark:has-text('Suspended')")
    assert running.line.fine("app", "get", "web", "--json").document["spec"]["suspend"] is True
    running.line.fine("app", "resume", "web")
    for page in (first, second):
        page.wait_for_selector("#do-suspend:has-text('Suspend')")
    pushing = threading.Thread(target=running.push, args=("Three at once", "three"))
    pushing.start()
    first.click("#do-sync")
    second.click("#do-sync")
    running.line.fine("app", "sync", "web")
    pushing.join()
    for page in (first, second):
        page.wait_for_selector("#graph .subject:has-text('Three at once')")
        page.wait_for_selector(".fine:has-text('All links hold')")
    shown = [page.inner_text("#tree") for page in (first, second)]
    assert shown[0] == shown[1]


def test_after_a_sleep_the_page_shows_what_is(running: Running, open_page: Open) -> None:
    page = open_page()
    [file] = running.line.home.glob("workspaces/*/run/loop.json")
    loop = int(file.read_text().partition('"pid": ')[2].partition(",")[0])
    os.kill(loop, signal.SIGSTOP)  # as a laptop whose lid is closed
    try:
        running.cluster.patch(DEPLOYMENT, {"spec": {"replicas": 5}})
    finally:
        os.kill(loop, signal.SIGCONT)
    page.wait_for_selector("#feed .good:has-text('healed')")
    page.wait_for_selector(".node:has-text('Deployment') .info:has-text('2/2')")


def test_a_page_that_lost_its_network_comes_back_with_what_it_missed(
    running: Running, open_page: Open
) -> None:
    page = open_page()
    page.context.set_offline(True)
    page.evaluate("stream.close(); stream.onerror()")
    sha = running.push("While it was away", "away")
    page.context.set_offline(False)
    page.evaluate("listen()")
    page.wait_for_selector(f".row .revision:has-text('{sha[:7]}')")
    page.wait_for_selector("#line:has-text('live')")


def test_hostile_lines_of_a_log_stay_text(running: Running, open_page: Open) -> None:
    page = open_page()
    service = running.cluster.get("v1", "Service", "web", "web")
    url = service["metadata"]["annotations"]["gitops-lab.dev/url"]
    address = urlsplit(url)
    for _ in range(8):  # both pods
        with socket.create_connection((address.hostname, address.port), timeout=10) as asking:
            asking.sendall(f"GET {HOSTILE} HTTP/1.1\r\n\r\n".encode())
            assert b"404" in asking.recv(200)
    page.click(POD)
    page.click("#tab-log")
    page.wait_for_selector("#detail pre:has-text('onerror')")
    assert page.evaluate("window.hostile") is None
    assert page.locator("main img, main script").count() == 0


def test_all_can_be_done_by_keyboard(running: Running, open_page: Open) -> None:
    page = open_page()
    page.wait_for_selector("#do-check")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    seen = []
    for _ in range(60):
        seen.append(page.evaluate("document.activeElement.id"))
        page.keyboard.press("Tab")
    for wanted in ("at", "to-gitops_2fweb", "do-check", "do-hint", "do-reset", "do-sync"):
        assert wanted in seen, f"Tab does not come to {wanted}: {seen}"
    assert any(name.startswith("n-") for name in seen), "nor to an object"
    page.focus("#do-hint")
    page.keyboard.press("Enter")
    page.wait_for_selector("#outcome:has-text('hint:')")
    page.focus("#at")
    page.keyboard.press("Home")
    page.wait_for_selector("text=Back to now")


def test_a_room_sees_what_to_watch(running: Running, open_page: Open) -> None:
    page = open_page()
    page.click("text=For a room")
    page.wait_for_selector("#watch:has-text('a commit goes from left to right')")
    root = running.line.home / "workspaces" / "first-sync"
    write_notes(root, Notes(chapter="One", say="Say this", watch="The pods", command="git push"))
    page.wait_for_selector("#watch:has-text('The pods')")
    page.wait_for_selector(".line:has-text('live')")
    sha = running.push("For the room", "room")
    page.wait_for_selector(f"#graph code:has-text('{sha[:7]}')")
    assert page.locator("button:visible").count() == 0, "a room has nothing to press"
    size = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert size >= 18
    (root / "present.json").unlink()
    page.wait_for_selector("#watch:has-text('a commit goes from left to right')")


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 1360),
        ("dark", 360),
        pytest.param("dark", 1360, marks=WIDE),
        pytest.param("light", 360, marks=WIDE),
    ],
)
def test_axe_finds_nothing_wrong_in_any_view(open_page: Open, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=NO_BROWSER)
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.wait_for_selector("#do-check")
    for name, (path, there) in VIEWS.items():
        for selector in path.split(" >> "):
            page.click(selector)
        page.wait_for_selector(there)
        _accessible(axe, page, name)
    page.evaluate("show(`${location.pathname}?at=${document.getElementById('at').min}`, '', true)")
    page.wait_for_selector("text=Back to now")
    _accessible(axe, page, "the past")
    for name in ("Speaker notes", "For a room"):
        page.click(f"text={name}")
        page.wait_for_load_state()
        _accessible(axe, page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def _accessible(axe: Any, page: Any, view: str) -> None:
    found = axe.Axe().run(page)
    assert found.violations_count == 0, f"{view}: {found.generate_report()}"


def test_without_javascript_every_view_can_be_read(open_page: Open) -> None:
    page = open_page(java_script_enabled=False, live=False)
    base = page.url.partition("?")[0]
    page.goto(f"{base}class")
    assert "Watch:" in page.inner_text("#watch")
    assert "Synced" in page.inner_text("#apps")
    page.goto(f"{base}notes")
    assert "Nothing is presented now" in page.inner_text("main")
    page.goto(f"{base}?at=1")
    assert "Back to now" in page.inner_text("main")


def test_nothing_is_asked_of_anybody_else(running: Running, open_page: Open) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for place in ("", "notes", "class"):
        page.goto(f"http://127.0.0.1:{running.port}{running.base}/{place}")
        page.wait_for_load_state()
    ours = (f"http://127.0.0.1:{running.port}{running.base}/", "data:")
    assert asked
    assert [url for url in asked if not url.startswith(ours)] == []


def test_it_is_served_from_files_without_a_build() -> None:
    folder = Path(__file__).resolve().parents[2] / "gitops_lab" / "web"
    kinds = {file.suffix for file in folder.rglob("*") if file.is_file()} - {".pyc"}
    assert kinds == {".py", ".html", ".js", ".css"}
    assert sum(len(f.read_text().splitlines()) for f in folder.rglob("*.js")) < 150

"""The built site in a real Chromium: it loads, its links lead somewhere, everybody can read it."""

import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.browser import NO_BROWSER, chromium
from tests.wide import WIDE

__all__ = ["chromium"]

pytestmark = pytest.mark.xdist_group("site")
KINDS = [  # one page of each kind
    "index.html",
    "labs/index.html",
    "labs/first-sync.html",
    "labs/drift.de.html",
    "labs/choose.html",
    "teach/checks.html",
    "teach/trainer.html",
    "run/workspaces.html",
    "real.html",
    "architecture.html",
    "reference/command-line.html",
    "reference/lab.html",
]
PHONE = {"width": 390, "height": 844}
Open = Callable[..., Any]


class _Page(HTMLParser):
    """The links of a page, and where one may jump to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors |= {found[key] or "" for key in ("id", "name") if key in found}
        for key in ("href", "src"):
            if found.get(key):
                self.links.append(found[key] or "")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def open_page(chromium: Any, address: str) -> Iterator[Open]:
    """Opens a page; fails the test for a complaint, and for a request to anybody else."""
    complaints: list[str] = []
    contexts = []

    def asked(request: Any) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            complaints.append(f"asks {request.url}")

    def complain(page: Any, what: object) -> None:
        complaints.append(f"{page.url}: {what}")

    def opened(path: str, **options: Any) -> Any:
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda m: m.type == "error" and complain(page, m.text))
        page.on("pageerror", lambda error: complain(page, error))
        page.on("request", asked)
        page.goto(f"{address}/{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def test_every_page_loads_without_a_complaint_and_fits_a_phone(
    site: Path, open_page: Open, address: str
) -> None:
    page = open_page("index.html", viewport=PHONE)
    too_wide = []
    for file in sorted(site.rglob("*.html")):
        answer = page.goto(f"{address}/{file.relative_to(site).as_posix()}")
        assert answer.status == 200
        assert page.title()
        wide, shown = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if wide > shown:
            too_wide.append(f"{file.relative_to(site)}: {wide}")
    assert too_wide == []


def test_links_lead_somewhere(site: Path) -> None:
    pages = {file: _Page(file.read_text()) for file in site.rglob("*.html")}
    lost = []
    for file, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link.startswith("//"):
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            target = target / "index.html" if target.is_dir() else target
            there = target.exists() or file.name == "404.html"
            if parts.fragment and target in pages:
                there = parts.fragment in pages[target].anchors
            if not there:
                lost.append(f"{file.relative_to(site)}: {link}")
    assert lost == []


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm brings the diagrams' script")
@pytest.mark.parametrize("path", ["labs/first-sync.html", "labs/drift.de.html", "labs/choose.html"])
def test_diagrams_draw(open_page: Open, path: str) -> None:
    page = open_page(path)

    page.wait_for_selector("div.mermaid")

    assert page.locator("pre.mermaid").count() == 0
    box = page.locator("div.mermaid").first.bounding_box()
    assert box["height"] > 60
    assert box["width"] > 100


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm brings the diagrams' script")
def test_a_diagram_goes_from_top_to_bottom_on_a_phone(open_page: Open) -> None:
    page = open_page("labs/first-sync.html", viewport=PHONE)

    page.wait_for_selector("div.mermaid")

    box = page.locator("div.mermaid").first.bounding_box()
    assert box["height"] > box["width"]


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        pytest.param(path, scheme, marks=() if (at + dark) % 2 == 0 else WIDE)
        for at, path in enumerate(KINDS)
        for dark, scheme in enumerate(["light", "dark"])
    ],
)
def test_axe_finds_nothing_wrong(open_page: Open, path: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=NO_BROWSER)
    page = open_page(path, color_scheme=scheme)

    found = axe.Axe().run(page)

    assert found.violations_count == 0, found.generate_report()


def test_a_lab_is_found_by_the_keyboard_alone(open_page: Open) -> None:
    page = open_page("index.html")
    page.keyboard.press("/")
    page.keyboard.type("first sync")
    page.wait_for_selector(".md-search-result__link")

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_selector("h1:has-text('sync')")

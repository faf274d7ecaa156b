"""A genuine Chromium, for everything that is looked at in one."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

NO_BROWSER = (
    "needs Chromium: install your system's package `chromium` "
    "(Debian: apt install chromium), and `pip install playwright axe-playwright-python`"
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for one file's tests: its event loop runs in this thread as long as it lives."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    sync_api = pytest.importorskip("playwright.sync_api", reason=NO_BROWSER)
    if program is None:
        pytest.skip(NO_BROWSER)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()

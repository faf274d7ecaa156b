"""An Application of Argo CD on the page: its kind, its engine, its tree and its chain."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.driver import CommandLine

NAME = "argocd-first-app"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    made = CommandLine(tmp_path)
    yield made
    made.down()


def test_an_application_is_an_app_on_the_page(line: CommandLine, chromium: Any) -> None:
    line.fine("start", NAME)
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(20_000)
    page.goto(line.fine("open", "--json", BROWSER="true").document["page"])
    page.wait_for_selector("#line:has-text('live')")
    line.fine("solve", "compare")
    page.wait_for_selector(".row .kind:has-text('Argo CD Application')")
    page.wait_for_selector(".row .mark:has-text('OutOfSync')")
    page.wait_for_selector("#chain:has-text('Application of Argo CD')")
    assert page.locator("#do-suspend").count() == 0, "Argo CD has no suspend"
    page.click("#do-sync")
    page.wait_for_selector("#outcome:has-text('sync web')")
    page.wait_for_selector(".row .mark:has-text('Synced')")
    page.wait_for_selector("#tree .node:has-text('Pod') .mark:has-text('Healthy')")
    page.wait_for_selector(".link.done:has-text('health')")
    page.click(".node:has-text('Deployment')")
    page.click("#tab-diff")
    page.wait_for_selector("#detail p:has-text('It is as Git says')")
    page.close()
